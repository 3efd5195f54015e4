//! Resolution of DIDs and handles against servers on this machine.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs, dead_code)]

mod common;

use atproto_resolver::{Curve, Did, Handle, HttpError, InvalidDidDocument, ResolveError, Resolver};
use common::Server;
use serde_json::{Value, json};

const ALICE: &str = "did:plc:aliceaaaaaaaaaaaaaaaaaaa";
const RESOLVE: &str = "/xrpc/com.atproto.identity.resolveHandle?handle=";

fn resolver(server: &Server) -> Resolver {
    let builder = Resolver::builder()
        .plc_url(format!("{}/plc/", server.url()))
        .handle_resolver(server.url());
    builder.allow_localhost(true).build().unwrap()
}

fn did(text: &str) -> Did {
    Did::parse(text).unwrap()
}

fn handle(text: &str) -> Handle {
    Handle::parse(text).unwrap()
}

fn document(did: &str, handle: &str) -> Value {
    json!({
        "id": did,
        "alsoKnownAs": [format!("at://{handle}")],
        "verificationMethod": [{
            "id": format!("{did}#atproto"),
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": "zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo",
        }],
    })
}

#[tokio::test]
async fn a_did_plc_is_resolved_by_the_directory() {
    let server = Server::start();
    server.put(&format!("/plc/{ALICE}"), document(ALICE, "alice.test"));
    let resolver = resolver(&server);
    let found = resolver.resolve_did(&did(ALICE)).await.unwrap();
    assert_eq!(found.did().as_str(), ALICE);
    assert_eq!(found.handle(), Some(handle("alice.test")));
    assert_eq!(found.signing_key().unwrap().curve, Curve::P256);

    let other = did("did:plc:otheraaaaaaaaaaaaaaaaaaa");
    let error = resolver.resolve_did(&other).await.unwrap_err();
    assert_eq!(error, ResolveError::DidNotFound { did: other.clone() });
    assert!(!error.is_temporary());
    for (body, source) in [
        (document(ALICE, "a.test"), InvalidDidDocument::OtherId),
        (json!([]), InvalidDidDocument::NotJson),
    ] {
        server.put(&format!("/plc/{other}"), body);
        let error = resolver.resolve_did(&other).await.unwrap_err();
        let did = other.clone();
        assert_eq!(error, ResolveError::InvalidDocument { did, source });
    }
    server.put_status(&format!("/plc/{other}"), "500 Oops");
    let error = resolver.resolve_did(&other).await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
}

#[tokio::test]
async fn a_did_web_is_resolved_by_its_host_in_every_spelling() {
    let server = Server::start();
    let normal = format!("did:web:localhost%3A{}", server.port);
    server.put("/.well-known/did.json", document(&normal, "alice.test"));
    let resolver = resolver(&server);
    for text in [
        normal.clone(),
        format!("did:web:localhost%3a{}", server.port),
        format!("did:web:LocalHost%3A{}", server.port),
    ] {
        let found = resolver.resolve_did(&did(&text)).await.unwrap();
        assert_eq!(found.did().as_str(), normal);
    }
    // Documents are held to the size limit of all documents.
    let long = format!("{}{}", document(&normal, "a.test"), " ".repeat(65_536));
    server.put("/.well-known/did.json", long);
    let error = resolver.resolve_did(&did(&normal)).await.unwrap_err();
    let too_large = matches!(error, ResolveError::Http(HttpError::TooLarge { .. }));
    assert!(too_large, "{error:?}");
}

#[tokio::test]
async fn unsupported_dids_are_rejected_without_a_request() {
    let server = Server::start();
    let local = resolver(&server);
    let public = Resolver::builder().plc_url(server.url()).build().unwrap();
    for text in [
        "did:plc:short",
        "did:key:z6Mk",
        "did:web:127.0.0.1",
        "did:web:example.com%3A80",
        "did:web:example.com:path",
    ] {
        for resolver in [&local, &public] {
            let error = resolver.resolve_did(&did(text)).await.unwrap_err();
            let did = did(text);
            assert_eq!(error, ResolveError::UnsupportedDid { did });
        }
    }
    for text in ["did:web:localhost", "did:web:localhost%3A80"] {
        assert!(local.document_url(&did(text)).is_ok());
        assert!(public.document_url(&did(text)).is_err());
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn handles_are_verified_in_both_directions() {
    let server = Server::start();
    let resolver = resolver(&server);
    let alice = handle("Alice.test");
    let missing = ResolveError::HandleNotFound {
        handle: alice.clone(),
    };
    let error = resolver.resolve_account(&alice).await.unwrap_err();
    assert_eq!(error, missing);
    let path = format!("{RESOLVE}alice.test");
    for body in [
        json!({ "did": "did:plc:x/../../y" }),
        json!({ "did": "did:key:z6Mk" }),
        json!({}),
    ] {
        server.put(&path, body);
        assert_eq!(resolver.resolve_handle(&alice).await.unwrap_err(), missing);
    }
    server.put_status(&path, "400 Bad Request");
    assert_eq!(resolver.resolve_handle(&alice).await.unwrap_err(), missing);
    server.put_status(&path, "502 Bad Gateway");
    let error = resolver.resolve_handle(&alice).await.unwrap_err();
    assert!(error.is_temporary(), "{error}");

    server.put(&path, json!({ "did": ALICE }));
    server.put(&format!("/plc/{ALICE}"), document(ALICE, "alice.test"));
    let found = resolver.resolve_account(&alice).await.unwrap();
    assert_eq!(found.did().as_str(), ALICE);
    assert_eq!(resolver.verified_handle(&found).await, Some(alice.clone()));

    // The account has another handle, whose host names no account.
    server.put(&format!("/plc/{ALICE}"), document(ALICE, "bob.test"));
    let error = resolver.resolve_account(&alice).await.unwrap_err();
    assert_eq!(error, ResolveError::HandleMismatch { handle: alice });
    let found = resolver.resolve_did(&did(ALICE)).await.unwrap();
    assert_eq!(resolver.verified_handle(&found).await, None);
}

#[test]
fn settings_are_checked() {
    for text in ["", "plc.directory", "ftp://plc.directory"] {
        let plc = Resolver::builder().plc_url(text).build();
        let handles = Resolver::builder().handle_resolver(text).build();
        for error in [plc.unwrap_err(), handles.unwrap_err()] {
            assert!(matches!(error, HttpError::Setup { .. }), "{error:?}");
        }
    }
}
