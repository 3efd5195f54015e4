//! Calls of every kind of method, as they are on the wire.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[allow(dead_code, unreachable_pub)]
#[path = "support/server.rs"]
mod server;
#[allow(dead_code, unreachable_pub)]
#[path = "support/weather.rs"]
mod weather;

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use lexicon_runtime::{NoBody, NoParams, RawBody};
use server::{Server, json, reply};
use weather::*;
use xrpc_client::{CallError, Client, RetryPolicy, Secret};

fn params(days: i64) -> GetForecastParams {
    GetForecastParams {
        days: Some(days),
        ..GetForecastParams::new("Å & B")
    }
}

#[tokio::test]
async fn a_query_is_a_get_with_its_parameters_and_without_a_body() {
    let server = Server::start([json(200, r#"{"sky":"sun"}"#)]);
    let client = Client::new(&server.url()).unwrap();
    let output = client.query::<GetForecast>(params(3)).await.unwrap();
    assert_eq!(output.sky, "sun");

    let request = server.received().remove(0);
    assert_eq!(
        request.request_line(),
        "GET /xrpc/com.example.weather.getForecast?days=3&place=%C3%85%20%26%20B HTTP/1.1"
    );
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("user-agent"), Some("xrpc-client/0.1.0"));
    for absent in ["authorization", "content-type", "content-length"] {
        assert_eq!(request.header(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn a_procedure_is_a_post_of_its_input() {
    let server = Server::start([json(200, r#"{"id":7}"#)]);
    let client = Client::new(&server.url()).unwrap().bearer("the key");
    let report = PutReportInput::new("Bergen", "sun");
    let output = client.procedure::<PutReport>(report).await.unwrap();
    assert_eq!(output.id, 7);

    let request = server.received().remove(0);
    let line = "POST /xrpc/com.example.weather.putReport HTTP/1.1";
    assert_eq!(request.request_line(), line);
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("authorization"), Some("Bearer the key"));
    assert_eq!(request.body, br#"{"place":"Bergen","sky":"sun"}"#);
}

#[tokio::test]
async fn a_procedure_may_have_parameters_and_neither_input_nor_output() {
    // What is answered in spite of the lexicon is ignored.
    let server = Server::start([reply(200, "", ""), json(200, "{}")]);
    let client = Client::new(&server.url()).unwrap();
    for _ in 0..2 {
        let call = client.procedure_with_params::<DeleteReports>(params(1), NoBody);
        assert_eq!(call.await.unwrap(), NoBody);
    }
    let request = server.received().remove(0);
    let line =
        "POST /xrpc/com.example.weather.deleteReports?days=1&place=%C3%85%20%26%20B HTTP/1.1";
    assert_eq!(request.request_line(), line);
    assert_eq!(request.header("content-type"), None);
    assert_eq!(request.header("content-length"), Some("0"));
}

#[tokio::test]
async fn bytes_are_sent_with_their_content_type() {
    let png = b"\x89PNG\r\n";
    let server = Server::start([
        reply(200, "", ""),
        reply(200, "Content-Type: image/png; a=b", png),
        reply(200, "Content-Type: text/plain", ""),
    ]);
    let client = Client::new(&server.url()).unwrap();
    let image = RawBody::new("image/png; a=b", png);
    client.procedure::<PutImage>(image.clone()).await.unwrap();
    let request = server.received().remove(0);
    assert_eq!(request.header("content-type"), Some("image/png; a=b"));
    assert_eq!(request.body, png);

    let found = client.query::<GetImage>(NoParams {}).await.unwrap();
    assert_eq!(found, image);
    let empty = client.query::<GetImage>(NoParams {}).await.unwrap();
    assert_eq!(empty.content_type.as_deref(), Some("text/plain"));
    assert!(empty.bytes.is_empty());
}

#[tokio::test]
async fn headers_are_the_clients_and_then_the_calls() {
    let server = Server::start([reply(200, "X-Answer: yes", ""), reply(200, "", "")]);
    let client = Client::builder(&format!("{}/prefix/", server.url()))
        .header("atproto-proxy", "did:web:weather.example#weather")
        .header("x-own", "client")
        .user_agent("forecaster/2")
        .build()
        .unwrap();
    let call = client
        .query::<GetHealth>(NoParams {})
        .header("x-own", "call");
    let response = call.response().await.unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(response.headers["x-answer"], "yes");
    client.query::<GetHealth>(NoParams {}).await.unwrap();

    let [first, second] = &server.received()[..] else {
        panic!("expected two requests");
    };
    let line = "GET /prefix/xrpc/com.example.weather.getHealth HTTP/1.1";
    assert_eq!(first.request_line(), line);
    assert_eq!(first.header("x-own"), Some("call"));
    assert_eq!(second.header("x-own"), Some("client"));
    for request in [first, second] {
        let proxy = request.header("atproto-proxy");
        assert_eq!(proxy, Some("did:web:weather.example#weather"));
        assert_eq!(request.header("user-agent"), Some("forecaster/2"));
    }
}

#[tokio::test]
async fn a_call_has_one_credential() {
    let server = Server::start([reply(200, "", ""), reply(200, "", "")]);
    let builder = Client::builder(&server.url()).header("authorization", "Basic of the client");
    let client = builder.bearer("the key").build().unwrap();
    client.query::<GetHealth>(NoParams {}).await.unwrap();
    let call = client.query::<GetHealth>(NoParams {});
    call.header("authorization", "Basic of the call")
        .await
        .unwrap();

    let received = server.received();
    let credentials = received.iter().map(|request| {
        let lines = request.head.lines();
        let found = lines.filter(|line| line.to_ascii_lowercase().starts_with("authorization:"));
        assert_eq!(found.count(), 1, "{}", request.head);
        request.header("authorization").unwrap()
    });
    let expected = ["Bearer the key", "Basic of the call"];
    assert_eq!(credentials.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_token_is_asked_for_before_every_call_and_for_its_method() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let server = Server::start([reply(200, "", ""), reply(200, "", "")]);
    let client = Client::builder(&server.url())
        .bearer_with(|call| async move {
            let count = ASKED.fetch_add(1, Ordering::Relaxed);
            Ok(Secret::new(format!("{}-{count}", call.nsid)))
        })
        .build()
        .unwrap();
    for _ in 0..2 {
        client.query::<GetHealth>(NoParams {}).await.unwrap();
    }
    let sent: Vec<_> = server.received();
    let sent: Vec<_> = sent
        .iter()
        .map(|request| request.header("authorization"))
        .collect();
    let nsid = "com.example.weather.getHealth";
    let expected = [format!("Bearer {nsid}-0"), format!("Bearer {nsid}-1")];
    assert_eq!(sent, expected.each_ref().map(|value| Some(&value[..])));
}

#[tokio::test]
async fn a_client_with_another_credential_shares_the_rest() {
    let server = Server::start([reply(200, "", ""), reply(200, "", "")]);
    let first = Client::new(&server.url()).unwrap().bearer("first");
    let second = first.clone().bearer("second");
    first.query::<GetHealth>(NoParams {}).await.unwrap();
    second.query::<GetHealth>(NoParams {}).await.unwrap();
    let sent: Vec<_> = server.received();
    assert_eq!(sent[0].header("authorization"), Some("Bearer first"));
    assert_eq!(sent[1].header("authorization"), Some("Bearer second"));
}

#[tokio::test]
async fn the_callers_own_http_client_is_used() {
    let server = Server::start([reply(200, "", "")]);
    let mut headers = http::HeaderMap::new();
    headers.insert("x-own", http::HeaderValue::from_static("1"));
    let own = own_client(headers);
    let client = Client::builder(&server.url())
        .http_client(own)
        .build()
        .unwrap();
    client.query::<GetHealth>(NoParams {}).await.unwrap();
    assert_eq!(server.received()[0].header("x-own"), Some("1"));
}

fn own_client(headers: http::HeaderMap) -> reqwest::Client {
    let provider = rustls::crypto::ring::default_provider();
    let tls = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .default_headers(headers)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_call_may_be_made_on_another_task() {
    let server = Server::start([json(200, r#"{"sky":"sun"}"#)]);
    let client = Client::new(&server.url()).unwrap();
    let call = client.query::<GetForecast>(params(1));
    let output = tokio::spawn(call.into_future()).await.unwrap().unwrap();
    assert_eq!(output.sky, "sun");
}

#[tokio::test]
async fn https_is_spoken_without_a_provider_being_installed() {
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let mut start = [0; 2];
        listener.accept().unwrap().0.read_exact(&mut start).unwrap();
        start
    });
    let client = Client::builder(&url).retry(RetryPolicy::none());
    let call = client.build().unwrap().query::<GetHealth>(NoParams {});
    let error = call.await.unwrap_err();
    assert!(matches!(error, CallError::Transport(_)), "{error}");
    // The record of a handshake, and the version of TLS.
    assert_eq!(thread.join().unwrap(), [22, 3]);
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}
