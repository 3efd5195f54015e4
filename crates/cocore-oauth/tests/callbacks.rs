//! Callbacks: which are accepted, and what becomes of the tokens.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used
)]

mod common;

use cocore_oauth::{ErrorKind, SignInError};
use common::ADDRESS;
use common::server::{DID, Server, sign_in_with};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[tokio::test]
async fn tokens_that_are_not_what_was_asked_for_are_revoked() {
    let other = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb";
    for (field, value, expected) in [
        ("sub", json!(other), Some(SignInError::OtherAccount)),
        // The response cannot be read, so there are no tokens to revoke.
        ("sub", Value::Null, None),
        (
            "scope",
            json!("transition:generic atprotox"),
            Some(SignInError::MissingScope),
        ),
        (
            "token_type",
            json!("Bearer"),
            Some(SignInError::UnboundTokens),
        ),
    ] {
        let (result, server, store) = sign_in_with("/token", field, value.clone()).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected, "{field} = {value}");
        assert_eq!(store.count(), 0);
        if let Some(expected) = expected {
            assert_eq!(error, expected);
            assert_eq!(server.requests("/revoke"), 2);
        }
    }
}

#[tokio::test]
async fn tokens_are_revoked_as_soon_as_it_is_known_who_signed_in() {
    let (result, server, store) = sign_in_with("/none", "", Value::Null).await;
    assert_eq!(result.unwrap().did.as_str(), DID);
    assert_eq!(server.requests("/revoke"), 2);
    assert_eq!(store.count(), 0);
    // Without a refresh token, which this client does not ask for.
    let (result, server, _) = sign_in_with("/token", "refresh_token", Value::Null).await;
    assert!(result.is_ok());
    assert_eq!(server.requests("/revoke"), 1);
}

#[tokio::test]
async fn a_revocation_that_fails_does_not_fail_the_sign_in() {
    const METADATA: &str = "/.well-known/oauth-authorization-server";
    // The operating system accepts the connection, and nothing answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}/revoke", silent.local_addr().unwrap());
    for endpoint in [
        Value::Null,
        json!("http://10.0.0.1/revoke"),
        json!("http://127.0.0.1:1/revoke"),
        json!(silent),
    ] {
        let (result, ..) = sign_in_with(METADATA, "revocation_endpoint", endpoint.clone()).await;
        assert_eq!(result.unwrap().did.as_str(), DID, "{endpoint}");
    }
    let server = Server::start().await;
    server.change(|path, status, body, _| {
        if path == "/revoke" {
            *status = 503;
            *body = json!({ "error": "temporarily_unavailable" });
        }
    });
    let (sign_in, _) = server.sign_in();
    let state = sign_in.begin(DID, ADDRESS).await.unwrap().state;
    let signed_in = sign_in.finish(server.callback(state), ADDRESS).await;
    assert_eq!(signed_in.unwrap().did.as_str(), DID);
}

#[tokio::test]
async fn an_account_that_moved_during_the_sign_in_is_rejected() {
    let (first, second) = (Server::start().await, Server::start().await);
    let (sign_in, _) = first.sign_in();
    let begun = sign_in.begin("mallory.test", ADDRESS).await.unwrap();
    let pds = second.origin.clone();
    first.change(move |path, _, body, _| {
        if path.starts_with("/did:plc:") {
            body["service"][0]["serviceEndpoint"] = json!(pds);
        }
    });
    let error = sign_in
        .finish(first.callback(begun.state), ADDRESS)
        .await
        .unwrap_err();
    assert_eq!(error, SignInError::AccountMoved);
    assert_eq!(
        (first.requests("/token"), second.requests("/token")),
        (0, 0)
    );
}

#[tokio::test]
async fn one_of_two_callbacks_with_the_same_state_succeeds() {
    let server = Server::start().await;
    let (sign_in, _) = server.sign_in();
    let state = sign_in.begin(DID, ADDRESS).await.unwrap().state;
    let one = sign_in.finish(server.callback(state.clone()), ADDRESS);
    let (one, two) = tokio::join!(one, sign_in.finish(server.callback(state), ADDRESS));
    assert_eq!(
        (one.is_ok(), two.is_ok(), server.requests("/token")),
        (true, false, 1)
    );
}

#[tokio::test]
async fn a_pending_sign_in_expires() {
    let server = Server::start().await;
    let (sign_in, store, clock) = server.sign_in_with_clock();
    let state = sign_in.begin(DID, ADDRESS).await.unwrap().state;
    clock.advance(15 * 60 - 1);
    sign_in
        .finish(server.callback(state), ADDRESS)
        .await
        .unwrap();
    let state = sign_in.begin(DID, ADDRESS).await.unwrap().state;
    clock.advance(15 * 60);
    let error = sign_in
        .finish(server.callback(state), ADDRESS)
        .await
        .unwrap_err();
    assert_eq!(error, SignInError::UnknownState);
    assert_eq!(store.count(), 0);
}

#[tokio::test]
async fn dids_are_compared_by_value() {
    let server = Server::start().await;
    let port = server.origin.rsplit(':').next().unwrap().to_owned();
    let normal = format!("did:web:localhost%3A{port}");
    let other_spelling = format!("did:web:LocalHost%3a{port}");
    let subject = other_spelling.clone();
    server.change(move |path, _, body, _| match path {
        "/.well-known/did.json" => body["id"] = json!(subject),
        "/token" => body["sub"] = json!(subject),
        _ => {}
    });
    let (sign_in, _) = server.sign_in();
    for typed in [&normal, &other_spelling] {
        let state = sign_in.begin(typed, ADDRESS).await.unwrap().state;
        let finished = sign_in.finish(server.callback(state), ADDRESS).await;
        assert_eq!(finished.unwrap().did.as_str(), normal);
    }
}
