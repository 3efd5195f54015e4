//! Look-ups of signing keys: how often they happen, what is cached, and how failures are reported.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod common;

use std::time::Duration;

use atproto_resolver::RequestLimits;
use cocore_identity::{Limits, ServiceAuthError};
use common::issuer::{Directory, Key};
use common::{ALICE, CLIENT, NOW, OTHER_CLIENT, TARGET, TestClock, World, junk_did};
use common::{claims, resolver, service_auth};
use serde_json::json;

/// Row 19 of the list of attacks.
#[tokio::test]
async fn a_rotated_key_is_looked_up_once() {
    let world = World::new(Limits::default());
    let [old, new] = [Key::secp256k1(1), Key::p256(2)];
    let token = |key: &Key| key.token(json!({}), claims(json!({})));
    assert_eq!(world.verify(&token(&old)).await, Ok(ALICE.to_owned()));
    assert_eq!(world.verify(&token(&old)).await, Ok(ALICE.to_owned()));
    assert_eq!(world.directory.requests(), 1);
    world.directory.put(ALICE, new.document(ALICE));
    assert_eq!(world.verify(&token(&new)).await, Ok(ALICE.to_owned()));
    assert_eq!(world.directory.requests(), 2);
    // The old key is rejected, and causes no further look-up.
    for _ in 0..5 {
        assert!(world.verify(&token(&old)).await.is_err());
    }
    assert_eq!(world.directory.requests(), 2);
    assert_eq!(world.verify(&token(&new)).await, Ok(ALICE.to_owned()));
}

#[tokio::test]
async fn a_missing_document_is_cached() {
    let unknown = Key::secp256k1(5).token(
        json!({}),
        claims(json!({ "iss": "did:plc:nobodyaaaaaaaaaaaaaaaaaa" })),
    );
    let world = World::new(Limits::default());
    for _ in 0..3 {
        assert_eq!(world.verify(&unknown).await, Err("BadJwtIssuer"));
    }
    assert_eq!(world.directory.requests(), 1);
    let limits = Limits {
        missing_lifetime: Duration::ZERO,
        ..Limits::default()
    };
    let world = World::new(limits);
    for _ in 0..3 {
        assert_eq!(world.verify(&unknown).await, Err("BadJwtIssuer"));
    }
    assert_eq!(world.directory.requests(), 3);
}

#[tokio::test]
async fn a_directory_that_fails_is_reported_as_unavailable() {
    let world = World::new(Limits {
        failure_lifetime: Duration::ZERO,
        ..Limits::default()
    });
    let broken = "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let key = Key::secp256k1(1);
    let token = key.token(
        json!({}),
        claims(json!({ "iss": "did:plc:lateraaaaaaaaaaaaaaaaaaa" })),
    );
    world
        .directory
        .put("did:plc:lateraaaaaaaaaaaaaaaaaaa", broken);
    assert_eq!(world.verify(&token).await, Err("ServiceUnavailable"));
    // The next look-up succeeds.
    world.directory.put(
        "did:plc:lateraaaaaaaaaaaaaaaaaaa",
        key.document("did:plc:lateraaaaaaaaaaaaaaaaaaa"),
    );
    assert_eq!(
        world.verify(&token).await,
        Ok("did:plc:lateraaaaaaaaaaaaaaaaaaa".to_owned())
    );
    let mut unreachable = Directory::start();
    unreachable.url = "http://localhost:1".to_owned();
    let resolver = resolver(&unreachable, false).build().unwrap();
    let auth = service_auth(resolver, Limits::default(), TestClock::new());
    let refused = auth.verify(&token, TARGET, CLIENT, NOW, |_| true).await;
    assert!(
        matches!(refused, Err(ServiceAuthError::Unavailable(_))),
        "{refused:?}"
    );
}

/// Row 17 of the list of attacks.
#[tokio::test]
async fn hosts_that_break_the_bounds_are_bad_issuers() {
    let world = World::new(Limits {
        missing_lifetime: Duration::ZERO,
        ..Limits::default()
    });
    let port = world
        .directory
        .url
        .strip_prefix("http://localhost:")
        .unwrap();
    let did = format!("did:web:localhost%3A{port}");
    let token = Key::secp256k1(1).token(json!({}), claims(json!({ "iss": did })));
    let elsewhere = Directory::start();
    elsewhere.put("did.json", Key::secp256k1(1).document(&did));
    let path = ".well-known/did.json";
    let redirect = |to: &str| {
        format!(
            "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
    };
    for document in [
        redirect(&format!("{}/did.json", elsewhere.url)),
        redirect("/.well-known/did.json"),
        format!("{}{}", Key::secp256k1(1).document(&did), " ".repeat(70_000)),
        "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\n".to_owned(),
    ] {
        world.directory.put(path, document);
        assert_eq!(world.verify(&token).await, Err("BadJwtIssuer"));
    }
    assert_eq!(elsewhere.requests(), 0);
    world
        .directory
        .put("moved", Key::secp256k1(1).document(&did));
    world.directory.put(path, redirect("/moved"));
    assert_eq!(world.verify(&token).await, Ok(did.clone()));

    // Without the setting for development, localhost is not asked.
    let before = world.directory.requests();
    let resolver = resolver(&world.directory, false).build().unwrap();
    let auth = service_auth(resolver, Limits::default(), TestClock::new());
    let refused = auth.verify(&token, TARGET, CLIENT, NOW, |_| true).await;
    assert_eq!(refused.unwrap_err().name(), "BadJwtIssuer");
    assert_eq!(world.directory.requests(), before);
}

/// Row 19 of the list of attacks.
#[tokio::test]
async fn concurrent_tokens_after_a_rotation_are_all_accepted() {
    let world = World::new(Limits::default());
    let [old, new] = [Key::secp256k1(1), Key::secp256k1(2)];
    let token = |key: &Key| key.token(json!({}), claims(json!({})));
    assert!(world.verify(&token(&old)).await.is_ok());
    world.directory.put(ALICE, new.document(ALICE));
    let fresh = token(&new);
    let calls = (0..10).map(|_| world.verify(&fresh));
    for result in together(calls).await {
        assert!(result.is_ok(), "{result:?}");
    }
    assert_eq!(world.directory.requests(), 2);
}

/// Row 19 of the list of attacks.
#[tokio::test]
async fn a_forged_token_costs_one_look_up_and_removes_no_valid_key() {
    let world = World::new(Limits {
        refresh_interval: Duration::ZERO,
        ..Limits::default()
    });
    let port = world
        .directory
        .url
        .strip_prefix("http://localhost:")
        .unwrap();
    let did = format!("did:web:localhost%3A{port}");
    let key = Key::secp256k1(1);
    let path = ".well-known/did.json";
    world.directory.put(path, key.document(&did));
    let by = |key: &Key| key.token(json!({}), claims(json!({ "iss": did })));
    assert_eq!(
        world.verify(&by(&Key::secp256k1(9))).await,
        Err("BadJwtSignature")
    );
    assert_eq!(
        world.directory.requests(),
        1,
        "what was looked up just now is not looked up again"
    );
    assert!(world.verify(&by(&key)).await.is_ok());
    let down = "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    world.directory.put(path, down);
    assert_eq!(
        world.verify(&by(&Key::secp256k1(9))).await,
        Err("BadJwtSignature")
    );
    assert!(
        world.verify(&by(&key)).await.is_ok(),
        "a host that is down has not changed its key"
    );
}

#[tokio::test]
async fn concurrent_callers_share_one_look_up() {
    let world = World::new(Limits::default());
    let did = "did:plc:brokenaaaaaaaaaaaaaaaaaa";
    let down = "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    world.directory.put(did, down);
    let token = Key::secp256k1(1).token(json!({}), claims(json!({ "iss": did })));
    let calls = (0..20).map(|_| world.verify(&token));
    for result in together(calls).await {
        assert_eq!(result, Err("ServiceUnavailable"));
    }
    assert_eq!(world.directory.requests(), 1);
}

/// Row 18 of the list of attacks.
#[tokio::test]
async fn accounts_that_are_not_admitted_are_not_looked_up() {
    let world = World::new(Limits::default());
    let token = Key::secp256k1(1).token(json!({}), claims(json!({})));
    let refused = world
        .auth
        .verify(&token, TARGET, CLIENT, NOW, |_| false)
        .await;
    assert_eq!(refused.unwrap_err().name(), "Forbidden");
    for did in [
        "did:plc:short",
        "did:plc:UPPERaaaaaaaaaaaaaaaaaaa",
        "did:web:a:path",
    ] {
        let token = Key::secp256k1(1).token(json!({}), claims(json!({ "iss": did })));
        assert_eq!(world.verify(&token).await, Err("BadJwtIssuer"));
    }
    assert_eq!(world.directory.requests(), 0);
}

/// Row 12 of the list of attacks: they expire by a steady clock.
#[tokio::test]
async fn keys_failures_and_refreshes_expire() {
    let world = World::new(Limits::default());
    let [old, new] = [Key::secp256k1(1), Key::secp256k1(2)];
    let by = |key: &Key| key.token(json!({}), claims(json!({})));
    assert!(world.verify(&by(&old)).await.is_ok());
    world.clock.advance(599);
    assert!(world.verify(&by(&old)).await.is_ok());
    assert_eq!(world.directory.requests(), 1);
    world.clock.advance(1);
    assert!(world.verify(&by(&old)).await.is_ok());
    assert_eq!(world.directory.requests(), 2);
    // A bad signature causes a look-up every 30 seconds.
    for (seconds, requests) in [(0, 3), (29, 3), (1, 4)] {
        world.clock.advance(seconds);
        assert_eq!(world.verify(&by(&new)).await, Err("BadJwtSignature"));
        assert_eq!(world.directory.requests(), requests, "after {seconds}");
    }
    let unresolvable = json!({ "iss": "did:plc:nobodyaaaaaaaaaaaaaaaaaa" });
    let unresolvable = old.token(json!({}), claims(unresolvable));
    for (seconds, requests) in [(0, 5), (29, 5), (1, 6)] {
        world.clock.advance(seconds);
        assert_eq!(world.verify(&unresolvable).await, Err("BadJwtIssuer"));
        assert_eq!(world.directory.requests(), requests, "after {seconds}");
    }
}

/// Row 44 of the list of attacks.
#[tokio::test]
async fn issuers_that_hang_do_not_keep_other_clients_out() {
    let limits = Limits {
        queue_timeout: Duration::ZERO,
        ..Limits::default()
    };
    let world = World::with(limits, RequestLimits::default());
    let key = Key::secp256k1(1);
    let token = |port: &str| {
        let iss = format!("did:web:localhost%3A{port}");
        key.token(json!({}), claims(json!({ "iss": iss })))
    };
    let own_port = world.directory.url.rsplit(':').next().unwrap().to_owned();
    let did = format!("did:web:localhost%3A{own_port}");
    let path = ".well-known/did.json";
    world.directory.put(path, key.document(&did));
    let other = token(&own_port);
    // The operating system accepts the connections, and nothing answers.
    let silent: Vec<_> = (0..40)
        .map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let tokens: Vec<_> = silent
        .iter()
        .map(|host| token(&host.local_addr().unwrap().port().to_string()))
        .collect();
    let hanging = together(tokens.iter().map(|token| world.verify(token)));
    let mut hanging = std::pin::pin!(hanging);
    let polled =
        std::future::poll_fn(|context| std::task::Poll::Ready(hanging.as_mut().poll(context)));
    assert!(polled.await.is_pending());
    // The client has used its half, and leaves no trace where another client asks.
    assert_eq!(world.verify(&other).await, Err("ServiceUnavailable"));
    assert_eq!(world.verify_for(OTHER_CLIENT, &other).await, Ok(did));
    let alice = key.token(json!({}), claims(json!({})));
    assert_eq!(world.verify(&alice).await, Ok(ALICE.to_owned()));
    // Hosts that cannot be reached are bad issuers; look-ups without room are not.
    let results = hanging.await;
    let count = |name| results.iter().filter(|one| **one == Err(name)).count();
    assert_eq!(
        (count("BadJwtIssuer"), count("ServiceUnavailable")),
        (32, 8)
    );
}

/// A rotated key is not reported as a bad signature because its issuer could not be asked.
#[tokio::test]
async fn a_refresh_without_room_is_reported_as_unavailable() {
    let requests = RequestLimits {
        in_all: 2,
        per_host: 2,
    };
    let limits = Limits {
        queue_timeout: Duration::ZERO,
        ..Limits::default()
    };
    let world = World::with(limits, requests);
    let [old, new] = [Key::secp256k1(1), Key::p256(2)];
    let by = |key: &Key| key.token(json!({}), claims(json!({})));
    assert!(world.verify(&by(&old)).await.is_ok());
    world.directory.put(ALICE, new.document(ALICE));
    let junk: Vec<_> = (0..2)
        .map(|n| old.token(json!({}), claims(json!({ "iss": junk_did(n) }))))
        .collect();
    let mut others: Vec<_> = junk
        .iter()
        .map(|token| Box::pin(world.verify_for(None, token)))
        .collect();
    for one in &mut others {
        let polled =
            std::future::poll_fn(|context| std::task::Poll::Ready(one.as_mut().poll(context)));
        assert!(polled.await.is_pending());
    }
    assert_eq!(world.verify(&by(&new)).await, Err("ServiceUnavailable"));
    for one in others {
        assert_eq!(one.await, Err("BadJwtIssuer"));
    }
    assert_eq!(world.verify(&by(&new)).await, Ok(ALICE.to_owned()));
}

/// Runs futures at the same time.
async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(move |context| {
        for (future, done) in &mut futures {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        match futures.iter().all(|(_, done)| done.is_some()) {
            true => {
                std::task::Poll::Ready(futures.drain(..).filter_map(|(_, done)| done).collect())
            }
            false => std::task::Poll::Pending,
        }
    })
    .await
}
