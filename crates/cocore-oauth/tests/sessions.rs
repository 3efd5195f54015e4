//! Tokens and callbacks: what is stored, refreshed, and rejected.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used
)]

mod common;

use std::sync::Arc;

use atproto_resolver::Did;
use cocore_oauth::{EntryKind, ErrorKind, SignInError};
use common::ADDRESS;
use common::server::{DID, Server, sign_in_with};
use serde_json::{Value, json};

fn did() -> Did {
    Did::parse(DID).unwrap()
}

#[tokio::test]
async fn tokens_that_are_not_what_was_asked_for_are_revoked_and_not_stored() {
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
        assert_eq!(store.count(EntryKind::Session), 0);
        if let Some(expected) = expected {
            assert_eq!(error, expected);
            assert_eq!(server.requests("/revoke"), 2);
        }
    }
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
async fn concurrent_refreshes_ask_the_issuer_once_and_a_revoked_session_is_deleted() {
    let server = Server::start().await;
    let (sign_in, store, clock) = server.sign_in_with_clock();
    let begun = sign_in.begin("mallory.test", ADDRESS).await.unwrap();
    sign_in
        .finish(server.callback(begun.state), ADDRESS)
        .await
        .unwrap();
    server.change(|path, _, body, _| {
        if path == "/token" {
            body["expires_in"] = json!(3600);
            body["refresh_token"] = json!("r2");
        }
    });
    let sign_in = Arc::new(sign_in);
    let before = server.requests("/token");
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let sign_in = sign_in.clone();
            // Spawning needs futures that are Send.
            tokio::spawn(async move { sign_in.refresh(&did()).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(server.requests("/token") - before, 1);
    assert_eq!(store.session(DID).unwrap()["refresh_token"], "r2");

    // Tokens are refreshed in the last minute before they expire, and not earlier.
    clock.advance(3600 - 61);
    sign_in.refresh(&did()).await.unwrap();
    assert_eq!(server.requests("/token") - before, 1);
    clock.advance(1);
    server.change(|path, status, body, _| {
        if path == "/token" {
            *status = 500;
            *body = Value::Null;
        }
    });
    let error = sign_in.refresh(&did()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(store.session(DID).is_some());
    server.change(|path, status, body, _| {
        if path == "/token" {
            *status = 400;
            *body = json!({ "error": "invalid_grant" });
        }
    });
    let error = sign_in.refresh(&did()).await.unwrap_err();
    assert_eq!(error, SignInError::InvalidGrant);
    assert!(store.session(DID).is_none());
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
    assert_eq!(store.count(EntryKind::PendingSignIn), 0);
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
    let (sign_in, store) = server.sign_in();
    for typed in [&normal, &other_spelling] {
        let state = sign_in.begin(typed, ADDRESS).await.unwrap().state;
        let signed_in = sign_in
            .finish(server.callback(state), ADDRESS)
            .await
            .unwrap();
        assert_eq!(signed_in.did.as_str(), normal);
        assert!(store.session(&normal).is_some());
    }
    assert_eq!(store.count(EntryKind::Session), 1);
    let did = Did::parse(&other_spelling).unwrap();
    sign_in.sign_out(&did).await.unwrap();
    assert_eq!(store.session(&normal), None);
}
