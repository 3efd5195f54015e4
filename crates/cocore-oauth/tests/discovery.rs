//! Documents and metadata that break the protocol. No honest server sends these responses.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used
)]

mod common;

use std::time::{Duration, Instant};

use cocore_oauth::{ErrorKind, SignInError};
use common::ADDRESS;
use common::server::{DID, Server, sign_in_with};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[tokio::test]
async fn a_sign_in_without_faults_succeeds() {
    let (result, ..) = sign_in_with("/none", "", Value::Null).await;
    let signed_in = result.unwrap();
    assert_eq!(signed_in.did.as_str(), DID);
    assert_eq!(signed_in.handle.unwrap().as_str(), "mallory.test");
}

#[tokio::test]
async fn an_issuer_without_a_required_feature_is_rejected() {
    for (field, value) in [
        ("issuer", json!("http://127.0.0.1:1")),
        ("response_types_supported", json!([])),
        ("grant_types_supported", json!(["refresh_token"])),
        ("code_challenge_methods_supported", json!(["plain"])),
        (
            "token_endpoint_auth_methods_supported",
            json!(["private_key_jwt"]),
        ),
        ("scopes_supported", json!(["openid"])),
        ("dpop_signing_alg_values_supported", json!(["RS256"])),
        (
            "authorization_response_iss_parameter_supported",
            json!(false),
        ),
        ("require_pushed_authorization_requests", json!(false)),
        ("client_id_metadata_document_supported", json!(false)),
        ("pushed_authorization_request_endpoint", Value::Null),
        (
            "pushed_authorization_request_endpoint",
            json!("http://10.0.0.1/par"),
        ),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("authorization_endpoint", json!("http://example.com/")),
        ("protected_resources", json!(["https://pds.example"])),
    ] {
        let (result, server, store) = sign_in_with(
            "/.well-known/oauth-authorization-server",
            field,
            value.clone(),
        )
        .await;
        let error = result.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Rejected,
            "{field} = {value}: {error:?}"
        );
        assert_eq!((server.requests("/par"), store.count()), (0, 0));
    }
}

#[tokio::test]
async fn false_documents_and_data_server_metadata_are_rejected() {
    use ErrorKind::{Rejected, UnknownAccount};
    const RESOURCE: &str = "/.well-known/oauth-protected-resource";
    for (path, field, value, kind) in [
        (RESOURCE, "resource", json!("https://pds.example"), Rejected),
        (RESOURCE, "authorization_servers", json!([]), Rejected),
        (
            RESOURCE,
            "authorization_servers",
            json!(["https://10.0.0.1"]),
            Rejected,
        ),
        (
            RESOURCE,
            "authorization_servers",
            json!(["https://a.example/x"]),
            Rejected,
        ),
        (
            "/did:plc:",
            "id",
            json!("did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"),
            Rejected,
        ),
        ("/did:plc:", "service", json!([]), Rejected),
        (
            "/did:plc:",
            "alsoKnownAs",
            json!(["at://alice.test", "at://mallory.test"]),
            UnknownAccount,
        ),
        ("/xrpc/", "did", json!("did:plc:x/../../y"), UnknownAccount),
    ] {
        let (result, server, _) = sign_in_with(path, field, value.clone()).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), kind, "{path} {field} = {value}: {error:?}");
        assert_eq!(server.requests("/par"), 0);
    }
}

#[tokio::test]
async fn long_responses_redirects_and_failures_end_a_sign_in() {
    let server = Server::start().await;
    let (sign_in, _) = server.sign_in();
    server.change(|_, _, body, _| *body = json!("x".repeat(300 * 1024)));
    let error = sign_in.begin(DID, ADDRESS).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error:?}");
    for status in [302, 307] {
        server.change(move |path, code, _, headers| {
            if path == "/.well-known/oauth-authorization-server" {
                *code = status;
                headers.push_str("location: /.well-known/oauth-protected-resource\r\n");
            }
        });
        let error = sign_in.begin(DID, ADDRESS).await.err().unwrap();
        let no_oauth = matches!(error, SignInError::NoOAuth { .. });
        assert!(no_oauth, "{status}: {error:?}");
    }
    server.change(|_, status, _, _| *status = 503);
    let error = sign_in.begin(DID, ADDRESS).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");

    // The operating system accepts the connection, and nothing answers.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = Server::at(format!("http://{}", listener.local_addr().unwrap()));
    let start = Instant::now();
    let error = silent.sign_in().0.begin(DID, ADDRESS).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(10));
}
