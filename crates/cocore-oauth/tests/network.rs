//! Sign-ins at a real PDS, with a real browser; skipped where they cannot run.
#![allow(missing_docs, unreachable_pub, dead_code, clippy::unwrap_used)]

mod common;
#[path = "../../../tests/support/network.rs"]
mod network;
#[path = "../../../tests/support/skip.rs"]
mod skip;

use std::process::Command;
use std::sync::Arc;
use std::time::SystemTime;

use atproto_resolver::Resolver;
use cocore_oauth::{Callback, Clock, ErrorKind, Settings, SignIn, SignInError, SignedIn};
use common::{ADDRESS, MemoryStore};
use network::{Network, dir, prerequisites};
use skip::skip;
use url::Url;

/// The network, if there is a browser too.
fn start() -> Option<&'static Network> {
    match prerequisites(&["chromium"]) {
        Ok(()) => Network::get(),
        Err(missing) => skip(&missing),
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

fn sign_in(network: &Network) -> (SignIn<MemoryStore>, MemoryStore) {
    let store = MemoryStore::default();
    let settings = Settings {
        // No server listens there: the callback is read from the browser's address.
        origin: "http://127.0.0.1:8399".into(),
        signing_key: None,
        connection_scope: None,
    };
    let resolver = Resolver::builder()
        .plc_url(network.text("plc"))
        .handle_resolver(network.text("pds"))
        .allow_localhost(true)
        .build()
        .unwrap();
    let sign_in = SignIn::new(settings, resolver, store.clone(), Arc::new(SystemClock));
    (sign_in.unwrap(), store)
}

/// Signs in with the browser: the callback that it was sent to.
fn consent(network: &Network, url: &str, name: &str, more: &[&str]) -> Callback {
    let output = Command::new("node")
        .arg(dir().join("consent.mjs"))
        .args([
            url,
            network.account(name, "handle"),
            network.account(name, "password"),
        ])
        .args(more)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let url = Url::parse(text.trim()).unwrap();
    let value = |name: &str| {
        let found = url.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    Callback {
        code: value("code"),
        state: value("state"),
        iss: value("iss"),
        error: value("error"),
        error_description: value("error_description"),
    }
}

fn assert_rejected(result: Result<SignedIn, SignInError>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error:?}");
}

fn copy(query: &Callback) -> Callback {
    Callback {
        code: query.code.clone(),
        state: query.state.clone(),
        iss: query.iss.clone(),
        error: None,
        error_description: None,
    }
}

#[tokio::test]
async fn alice_signs_in() {
    let Some(network) = start() else {
        return;
    };
    let did = network.account("alice", "did");
    let (sign_in, store) = sign_in(network);

    let begun = sign_in.begin("@Alice.test ", ADDRESS).await.unwrap();
    let query = consent(network, &begun.url, "alice", &[]);
    assert_eq!(query.state.as_ref(), Some(&begun.state));
    let replay = copy(&query);
    let signed_in = sign_in.finish(query, ADDRESS).await.unwrap();
    assert_eq!(signed_in.did.as_str(), did);
    assert_eq!(signed_in.handle.unwrap().as_str(), "alice.test");

    assert_rejected(sign_in.finish(replay, ADDRESS).await);
    assert_eq!(store.count(), 0);
}

#[tokio::test]
async fn a_sign_in_by_did_can_be_declined() {
    let Some(network) = start() else {
        return;
    };
    let (sign_in, store) = sign_in(network);
    let begun = sign_in
        .begin(network.account("alice", "did"), ADDRESS)
        .await
        .unwrap();
    let query = consent(network, &begun.url, "alice", &["--deny"]);
    assert_eq!(
        sign_in.finish(query, ADDRESS).await.unwrap_err(),
        SignInError::Denied
    );
    assert_eq!(store.count(), 0);
}

#[tokio::test]
async fn callbacks_of_other_sign_ins_are_rejected() {
    let Some(network) = start() else {
        return;
    };
    let (sign_in, _) = sign_in(network);

    let begun = sign_in.begin("bob.test", ADDRESS).await.unwrap();
    let query = consent(network, &begun.url, "bob", &[]);
    let wrong = Callback {
        state: Some("x".into()),
        ..copy(&query)
    };
    assert_rejected(sign_in.finish(wrong, ADDRESS).await);
    let other = Callback {
        iss: Some("https://other.example".into()),
        ..copy(&query)
    };
    assert_rejected(sign_in.finish(other, ADDRESS).await);
    // The rejected callback has used up the state.
    assert_rejected(sign_in.finish(query, ADDRESS).await);

    // A code of another sign-in (PKCE), and one that the issuer did not issue.
    let begun = sign_in.begin("bob.test", ADDRESS).await.unwrap();
    let query = consent(network, &begun.url, "bob", &[]);
    let later = sign_in.begin("bob.test", ADDRESS).await.unwrap();
    let injected = Callback {
        state: Some(later.state),
        ..copy(&query)
    };
    assert_rejected(sign_in.finish(injected, ADDRESS).await);
    let invented = Callback {
        code: Some("cod-0".into()),
        ..copy(&query)
    };
    assert_rejected(sign_in.finish(invented, ADDRESS).await);
}

#[tokio::test]
async fn bob_cannot_sign_in_as_alice() {
    let Some(network) = start() else {
        return;
    };
    let (sign_in, _) = sign_in(network);
    let alice = sign_in.begin("alice.test", ADDRESS).await.unwrap();
    let bob = sign_in.begin("bob.test", ADDRESS).await.unwrap();
    let query = consent(network, &bob.url, "bob", &[]);
    let swapped = Callback {
        state: Some(alice.state),
        ..query
    };
    assert_rejected(sign_in.finish(swapped, ADDRESS).await);
}

#[tokio::test]
async fn unknown_accounts_are_reported() {
    let Some(network) = start() else {
        return;
    };
    let (sign_in, _) = sign_in(network);
    for name in [
        "nobody.test",
        "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
        "did:key:z6Mk",
        "https://bsky.social",
        "alice",
    ] {
        let Err(error) = sign_in.begin(name, ADDRESS).await else {
            panic!("{name}")
        };
        assert_eq!(error.kind(), ErrorKind::UnknownAccount, "{error:?}");
    }
}
