//! The bounds of the HTTP client.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs, dead_code)]

mod common;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use atproto_resolver::{HttpClient, HttpError, NameResolver, Network};
use common::Server;
use serde_json::{Value, json};

fn client() -> HttpClient {
    let builder = HttpClient::builder(Network::PublicOrLocalhost);
    builder
        .timeout(Duration::from_millis(500))
        .user_agent("test/1")
        .build()
        .unwrap()
}

#[tokio::test]
async fn responses_of_any_status_are_read() {
    let server = Server::start();
    server.put_raw(
        "/a",
        "HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ndpop-nonce: n\r\ncontent-length: 2\r\n\r\n",
        "no",
    );
    let client = client();
    let url = client.parse_url(&format!("{}/a", server.url())).unwrap();
    let request = http::Request::post(url.as_str())
        .header("x-test", "1")
        .body(b"body".to_vec())
        .unwrap();
    let response = client.send(request, 2).await.unwrap();
    assert_eq!(response.status, 401);
    assert_eq!(response.headers["dpop-nonce"], "n");
    assert_eq!(response.body, b"no");
    assert!(!response.redirected);
    let request = server.requests().remove(0).to_ascii_lowercase();
    assert!(request.starts_with("post /a "), "{request}");
    for line in ["user-agent: test/1", "x-test: 1", "content-length: 4"] {
        assert!(request.contains(line), "{request}");
    }
}

#[tokio::test]
async fn json_is_read_with_status_200_alone() {
    let server = Server::start();
    server.put("/good", json!({ "a": 1 }));
    server.put("/bad", "<html>");
    server.put_status("/gone", "410 Gone");
    server.put_status("/busy", "429 Too Many Requests");
    let client = client();
    let get = async |path: &str| {
        let url = client.parse_url(&format!("{}{path}", server.url()));
        client.get_json::<Value>(&url.unwrap(), 100).await
    };
    let host = || "localhost".to_owned();
    assert_eq!(get("/good").await.unwrap(), json!({ "a": 1 }));
    let invalid = HttpError::InvalidJson { host: host() };
    assert_eq!(get("/bad").await.unwrap_err(), invalid);
    for (path, status, temporary) in [("/gone", 410, false), ("/busy", 429, true)] {
        let error = get(path).await.unwrap_err();
        let host = host();
        assert_eq!(error, HttpError::Status { host, status });
        assert_eq!(error.is_temporary(), temporary);
    }
}

/// Row 17 of the list of attacks.
#[tokio::test]
async fn long_responses_are_rejected() {
    let server = Server::start();
    server.put("/a", "x".repeat(1001));
    // Without a length, so that the size shows only while the body arrives.
    server.put_raw(
        "/stream",
        "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n",
        &"x".repeat(1001),
    );
    let client = client();
    for path in ["/a", "/stream"] {
        let url = client
            .parse_url(&format!("{}{path}", server.url()))
            .unwrap();
        assert_eq!(client.get(&url, 1001).await.unwrap().body.len(), 1001);
        let error = client.get(&url, 1000).await.unwrap_err();
        let host = "localhost".to_owned();
        let max_bytes = 1000;
        assert_eq!(error, HttpError::TooLarge { host, max_bytes });
    }
}

/// Row 17 of the list of attacks.
#[tokio::test]
async fn redirects_stay_on_the_origin() {
    let (server, other) = (Server::start(), Server::start());
    server.put("/target", "here");
    other.put("/target", "there");
    server.put_redirect("/same", "/target");
    server.put_redirect("/loop", "/loop");
    server.put_redirect("/other", &format!("{}/target", other.url()));
    server.put_redirect(
        "/address",
        &format!("http://127.0.0.1:{}/target", server.port),
    );
    let client = client();
    let get = async |path: &str| {
        let url = client.parse_url(&format!("{}{path}", server.url()));
        client.get(&url.unwrap(), 100).await.unwrap()
    };
    let same = get("/same").await;
    assert_eq!((&same.body[..], same.redirected), (&b"here"[..], true));
    for path in ["/other", "/address", "/loop"] {
        assert_eq!(get(path).await.status, 302, "{path}");
    }
    assert_eq!(other.connections(), 0);
    let loops = server.requests();
    let loops = loops.iter().filter(|head| head.contains("GET /loop "));
    assert_eq!(loops.count(), 4, "the request and three redirects");
}

/// Row 17 of the list of attacks.
#[tokio::test]
async fn slow_servers_time_out() {
    // The operating system accepts the connection, and nothing answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let client = client();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let start = Instant::now();
    let error = client.get(&client.parse_url(&url).unwrap(), 100).await;
    let host = "127.0.0.1".to_owned();
    assert_eq!(error.unwrap_err(), HttpError::Timeout { host });
    assert!(start.elapsed() < Duration::from_secs(5));
}

/// Row 17 of the list of attacks.
#[tokio::test]
async fn private_addresses_are_never_connected_to() {
    let server = Server::start();
    server.put("/", "secret");
    for network in [Network::Public, Network::PublicOrLocalhost] {
        let client = HttpClient::builder(network).build().unwrap();
        for url in [
            "http://example.com/",
            "https://10.0.0.1/",
            "https://[fc00::1]/",
            "ftp://localhost/",
            "not a URL",
        ] {
            let error = client.parse_url(url).unwrap_err();
            assert_eq!(error, HttpError::ForbiddenUrl, "{url}");
            // A request is checked by itself.
            if let Ok(request) = http::Request::get(url).body(Vec::new()) {
                let error = client.send(request, 100).await.unwrap_err();
                assert_eq!(error, HttpError::ForbiddenUrl, "{url}");
            }
        }
    }
    // Names are allowed in the URL, and their addresses are checked.
    let client = HttpClient::builder(Network::Public).build().unwrap();
    let url = format!("https://localhost:{}/", server.port);
    let error = client.get(&client.parse_url(&url).unwrap(), 100).await;
    let error = error.unwrap_err();
    assert!(matches!(error, HttpError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("private address"), "{error}");
    assert_eq!(server.connections(), 0);
}

/// A name whose addresses the test chooses.
struct Addresses(Vec<IpAddr>);

impl NameResolver for Addresses {
    fn look_up(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(self.0.clone())
    }
}

/// Row 17 of the list of attacks: one private address is enough, wherever it stands.
#[tokio::test]
async fn names_of_private_addresses_are_never_connected_to() {
    for addresses in [
        &["169.254.169.254"][..],
        &["10.0.0.1"],
        &["127.0.0.1"],
        &["0.0.0.0"],
        &["::1"],
        &["fd00::1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["192.0.2.1", "127.0.0.1"],
        &["127.0.0.1", "1.1.1.1"],
        &["1.1.1.1", "::1"],
    ] {
        let parsed = addresses.iter().map(|text| text.parse().unwrap());
        let client = HttpClient::builder(Network::Public)
            .timeout(Duration::from_secs(30))
            .name_resolver(Arc::new(Addresses(parsed.collect())))
            .build()
            .unwrap();
        let url = client.parse_url("https://issuer.example/").unwrap();
        let error = client.get(&url, 100).await.unwrap_err();
        assert!(
            error.to_string().contains("private address"),
            "{addresses:?}: {error}"
        );
    }
}

#[test]
fn origins() {
    let client = client();
    for (text, is_origin) in [
        ("https://example.com", true),
        ("https://example.com:8443/", true),
        ("http://localhost:80", true),
        ("https://example.com/path", false),
        ("https://example.com/?query", false),
        ("http://example.com", false),
    ] {
        assert_eq!(client.parse_origin(text).is_ok(), is_origin, "{text}");
    }
}
