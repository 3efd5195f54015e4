//! The examples of docs/forward-auth.md, run by the proxies that they are for.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::json;

use crate::support::reverse_proxy::ReverseProxy;
use crate::support::{ALICE, Answer, BOB, Call, Server, id_and_secret, method};

fn nginx(server: &Server, backend: &str) -> Option<ReverseProxy> {
    ReverseProxy::nginx(|address, _| example("nginx", address, server, backend))
}

fn caddy(server: &Server, backend: &str) -> Option<ReverseProxy> {
    ReverseProxy::caddy(|address| example("caddyfile", address, server, backend))
}

fn call(proxy: &ReverseProxy, verb: &str) -> Call {
    Call::new(&proxy.address, verb, "/some/where?a=b")
}

/// The example of the documentation in a language, with other ports.
fn example(language: &str, address: &str, server: &Server, backend: &str) -> String {
    let page = include_str!("../docs/forward-auth.md");
    let (_, from) = page.split_once(&format!("```{language}\n")).unwrap();
    let (example, _) = from.split_once("```").unwrap();
    let (_, port) = address.rsplit_once(':').unwrap();
    example
        .replace("127.0.0.1:8000", address)
        .replace(":8000", &format!(":{port}"))
        .replace("127.0.0.1:8080", &server.address)
        .replace("127.0.0.1:9000", backend)
}

/// A service behind a proxy, which answers with the request in lower case.
fn backend() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || echo(stream));
        }
    });
    address
}

fn echo(mut stream: TcpStream) {
    let (mut seen, mut part) = (String::new(), [0; 4096]);
    let is_whole = |seen: &str| match seen.split_once("\r\n\r\n") {
        Some((head, body)) => !head.starts_with("post") || body.contains("the body"),
        None => false,
    };
    while !is_whole(&seen) {
        match stream.read(&mut part) {
            Ok(read @ 1..) => seen += &String::from_utf8_lossy(&part[..read]).to_ascii_lowercase(),
            _ => return,
        }
    }
    let length = seen.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all((head + &seen).as_bytes());
}

/// What a client adds to pass for another account, or to make the proxy drop whom the server named.
fn forged(call: Call) -> Call {
    call.header("x-cocore-did", "did:web:forged.example")
        .header("x-cocore-key-id", "forged")
        .header("x-cocore-scopes", "forged")
        .header("x_cocore_did", "did:web:forged.example")
        .header(
            "connection",
            "x-cocore-did, x-cocore-key-id, x-cocore-scopes",
        )
}

fn text(answer: Answer) -> String {
    let text = String::from_utf8(answer.body).unwrap();
    assert_eq!(answer.status, 200, "{text}");
    text
}

/// The values of a header that the backend saw.
fn values<'a>(seen: &'a str, name: &str) -> Vec<&'a str> {
    let lines = seen.lines().filter_map(|line| line.split_once(": "));
    let named = lines.filter(|(found, _)| *found == name);
    named.map(|(_, value)| value).collect()
}

fn only_keys_pass(server: &Server, proxy: &ReverseProxy) {
    let key = server.first_key(ALICE);
    let id = server.list(&key)[0]["id"].as_str().unwrap().to_owned();
    let post = call(proxy, "POST").bytes("text/plain", b"the body");
    let seen = text(forged(post.key(&key)).send());
    assert!(seen.starts_with("post /some/where?a=b "), "{seen}");
    assert!(seen.ends_with("the body"), "{seen}");
    assert_eq!(values(&seen, "x-cocore-did"), [ALICE], "{seen}");
    assert_eq!(values(&seen, "x-cocore-key-id"), [&id[..]], "{seen}");
    assert_eq!(values(&seen, "x-cocore-scopes"), ["*"], "{seen}");
    let key_in_lower_case = key.to_ascii_lowercase();
    for absent in ["forged", "authorization", &key_in_lower_case[..]] {
        assert!(!seen.contains(absent), "{absent} in {seen}");
    }

    // A browser asks whether it may call, without a credential.
    let seen = text(forged(call(proxy, "OPTIONS")).send());
    assert!(seen.starts_with("options /some/where?a=b "), "{seen}");
    assert!(!seen.contains("forged"), "{seen}");

    // A hundred headers, raw UTF-8 in the path.
    let many = |call: Call, n: usize| call.header(&format!("x-many-{n}"), "x");
    let get = (0..100).fold(call(proxy, "GET"), many);
    text(get.key(&key).send());
    let get = Call::new(&proxy.address, "GET", "/\u{fc}/\u{65e5}\u{672c}");
    text(get.key(&key).send());

    // Nearly as many scopes as a key can have.
    let scopes: Vec<_> = (0..58)
        .map(|number| format!("repo:com.{}.a{number:02}", "a".repeat(55)))
        .collect();
    let input = json!({ "name": "scoped", "scopes": scopes });
    let created = server.call_key_method("createKey", &key, &input);
    let (_, scoped) = id_and_secret(&created.expect(200));
    let seen = text(call(proxy, "GET").key(&scoped).send());
    assert_eq!(values(&seen, "x-cocore-scopes"), [scopes.join(" ")]);

    for rejected in [
        call(proxy, "GET"),
        call(proxy, "GET").key("cocore-unknown"),
        call(proxy, "GET").header("authorization", "Basic YTpi"),
        forged(call(proxy, "GET")),
        // The proxy drops the key as well, or keeps it: both are answered with 401.
        call(proxy, "GET")
            .key("cocore-unknown")
            .header("connection", "authorization"),
    ] {
        let answer = rejected.send();
        assert_eq!(answer.status, 401);
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer"), "{challenge}");
    }
    server.end("revokeApiKey", &key, &id).expect(200);
    assert_eq!(call(proxy, "GET").key(&key).send().status, 401);
}

/// Row 60 of the list of attacks.
#[test]
fn the_example_for_nginx_works() {
    let (server, backend) = (Server::start(), backend());
    if let Some(proxy) = nginx(&server, &backend) {
        only_keys_pass(&server, &proxy);
    }
}

/// Row 60 of the list of attacks.
#[test]
fn the_example_for_caddy_works() {
    let (server, backend) = (Server::start(), backend());
    if let Some(proxy) = caddy(&server, &backend) {
        only_keys_pass(&server, &proxy);
    }
}

/// Row 36 of the list of attacks: a proxy that caches all that it may, for every client.
#[test]
fn no_answer_about_keys_is_cached() {
    let server = Server::start();
    let cache = |address: &str, directory: &str| {
        format!(
            "proxy_cache_path {directory}/cache keys_zone=all:1m;
             server {{
                 listen {address};
                 proxy_cache all;
                 proxy_cache_methods GET HEAD POST;
                 proxy_cache_key $request_uri;
                 proxy_cache_valid 1h;
                 add_header X-Cached $upstream_cache_status always;
                 location / {{ proxy_pass http://{}; }}
                 location /other {{ proxy_pass http://{}; }}
             }}",
            server.address,
            backend()
        )
    };
    let Some(proxy) = ReverseProxy::nginx(cache) else {
        return;
    };
    let call = |verb: &str, path: &str, key: &str| {
        let call = Call::new(&proxy.address, verb, path).key(key);
        let answer = call.json(&json!({ "name": "n" })).send();
        assert_eq!(answer.header("x-cached"), Some("MISS"), "{verb} {path}");
        answer
    };
    let (alice, bob) = (server.first_key(ALICE), server.first_key(BOB));
    let (create, list) = (method("createApiKey"), method("listApiKeys"));
    let secrets =
        [&alice, &alice, &bob].map(|key| call("POST", &create, key).expect(200)["secret"].clone());
    assert!(secrets[0] != secrets[1] && secrets[0] != secrets[2]);
    for (key, count) in [(&alice, 3), (&bob, 2)] {
        let keys = call("GET", &list, key).expect(200)["keys"].clone();
        assert_eq!(keys.as_array().unwrap().len(), count);
    }
    for path in [&list, "/auth/verify"] {
        for (key, status) in [("cocore-x", 401), (&bob, 200), ("cocore-x", 401)] {
            assert_eq!(call("GET", path, key).status, status, "{path}");
        }
    }
    // The proxy does cache.
    let other = || Call::new(&proxy.address, "GET", "/other").send();
    let cached = [(); 2].map(|()| other().header("x-cached").map(str::to_owned));
    assert_eq!(cached[1].as_deref(), Some("HIT"), "{cached:?}");
}
