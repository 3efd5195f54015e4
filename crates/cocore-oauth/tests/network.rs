//! Sign-ins at a real PDS, with a real browser; skipped where they cannot run.
#![allow(missing_docs, unreachable_pub, dead_code, clippy::unwrap_used)]

mod common;
#[path = "../../../tests/support/network.rs"]
mod network;
#[path = "../../../tests/support/skip.rs"]
mod skip;

use std::process::Command;

use cocore_oauth::{Callback, Kind, Settings, SignIn, SignInError};
use common::{Memory, client};
use network::{Network, dir, prerequisites};
use serde_json::json;
use skip::skip;
use url::Url;

/// The network, if there is a browser too.
fn start() -> Option<&'static Network> {
    match prerequisites(&["chromium"]) {
        Ok(()) => Network::get(),
        Err(missing) => skip(&missing),
    }
}

fn sign_in(network: &Network) -> (SignIn<Memory>, Memory) {
    let vault = Memory::default();
    let settings = Settings {
        // Nothing listens there.
        origin: "http://127.0.0.1:8399".into(),
        plc_url: network.text("plc").into(),
        handle_resolver: network.text("pds").into(),
        allow_loopback: true,
        signing_key: None,
    };
    let client = client().build().unwrap();
    let sign_in = SignIn::new(settings, client.clone(), client, vault.clone()).unwrap();
    (sign_in, vault)
}

/// The person in front of the browser.
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

fn refused(result: Result<cocore_oauth::SignedIn, SignInError>) {
    assert!(matches!(result, Err(SignInError::Refused(_))), "{result:?}");
}

fn again(query: &Callback) -> Callback {
    Callback {
        code: query.code.clone(),
        state: query.state.clone(),
        iss: query.iss.clone(),
        error: None,
        error_description: None,
    }
}

#[tokio::test]
async fn alice_signs_in_refreshes_and_leaves() {
    let Some(network) = start() else {
        return;
    };
    let did = network.account("alice", "did");
    let (sign_in, vault) = sign_in(network);

    let begun = sign_in.begin("@Alice.test ").await.unwrap();
    let query = consent(network, &begun.url, "alice", &[]);
    assert_eq!(query.state.as_ref(), Some(&begun.state));
    let replay = again(&query);
    let signed_in = sign_in.finish(query).await.unwrap();
    assert_eq!(
        (signed_in.did.as_str(), signed_in.handle.as_deref()),
        (did, Some("alice.test"))
    );

    refused(sign_in.finish(replay).await);
    assert_eq!(vault.count(Kind::State), 0);

    // Far from their end the tokens are left alone.
    let first = vault.session(did).unwrap();
    sign_in.refresh(did).await.unwrap();
    assert_eq!(vault.session(did).unwrap(), first);

    // Near their end: two at once, and the refresh token is good for one use only.
    let mut near = first.clone();
    near["ends"] = json!(0);
    vault.set(did, &near);
    let puts = vault.puts(Kind::Session);
    let (a, b) = tokio::join!(sign_in.refresh(did), sign_in.refresh(did));
    assert_eq!(
        (a, b, vault.puts(Kind::Session) - puts),
        (Ok(()), Ok(()), 1)
    );
    let second = vault.session(did).unwrap();
    assert_ne!(first["access_token"], second["access_token"]);
    assert_ne!(first["refresh_token"], second["refresh_token"]);

    // After leaving, the issuer does not know the refresh token either.
    sign_in.forget(did).await.unwrap();
    assert_eq!(vault.session(did), None);
    let mut kept = second.clone();
    kept["ends"] = json!(0);
    vault.set(did, &kept);
    let error = sign_in.refresh(did).await.unwrap_err();
    assert!(matches!(error, SignInError::Refused(_)));
    assert_eq!(vault.session(did), None);
}

#[tokio::test]
async fn a_did_will_do_and_who_declines_is_told_so() {
    let Some(network) = start() else {
        return;
    };
    let (sign_in, vault) = sign_in(network);
    let begun = sign_in
        .begin(network.account("alice", "did"))
        .await
        .unwrap();
    let query = consent(network, &begun.url, "alice", &["--deny"]);
    assert_eq!(
        sign_in.finish(query).await.unwrap_err(),
        SignInError::Denied
    );
    assert_eq!(vault.count(Kind::State) + vault.count(Kind::Session), 0);
}

#[tokio::test]
async fn a_callback_that_does_not_fit_is_refused() {
    let Some(network) = start() else {
        return;
    };
    let (sign_in, vault) = sign_in(network);

    let begun = sign_in.begin("bob.test").await.unwrap();
    let query = consent(network, &begun.url, "bob", &[]);
    let wrong = Callback {
        state: Some("x".into()),
        ..again(&query)
    };
    refused(sign_in.finish(wrong).await);
    let other = Callback {
        iss: Some("https://other.example".into()),
        ..again(&query)
    };
    refused(sign_in.finish(other).await);
    // The wrong answer has used the state up.
    assert!(matches!(
        sign_in.finish(query).await,
        Err(SignInError::Refused(_))
    ));

    // A code that is not the issuer's own, and one that came to another sign-in (PKCE).
    let begun = sign_in.begin("bob.test").await.unwrap();
    let query = consent(network, &begun.url, "bob", &[]);
    let later = sign_in.begin("bob.test").await.unwrap();
    let injected = Callback {
        state: Some(later.state),
        ..again(&query)
    };
    refused(sign_in.finish(injected).await);
    let made_up = Callback {
        code: Some("cod-0".into()),
        ..again(&query)
    };
    refused(sign_in.finish(made_up).await);
    assert_eq!(vault.count(Kind::Session), 0);
}

#[tokio::test]
async fn bob_cannot_answer_for_alice() {
    let Some(network) = start() else {
        return;
    };
    let (sign_in, vault) = sign_in(network);
    let alice = sign_in.begin("alice.test").await.unwrap();
    let bob = sign_in.begin("bob.test").await.unwrap();
    let query = consent(network, &bob.url, "bob", &[]);
    let swapped = Callback {
        state: Some(alice.state),
        ..query
    };
    refused(sign_in.finish(swapped).await);
    assert_eq!(vault.count(Kind::Session), 0);
}

#[tokio::test]
async fn who_is_not_known_is_told_so() {
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
        let Err(error) = sign_in.begin(name).await else {
            panic!("{name}")
        };
        assert!(matches!(error, SignInError::Unknown(_)), "{error:?}");
    }
}
