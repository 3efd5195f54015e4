//! A flood of tokens whose issuers nobody knows. Row 18 of the list of attacks.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod common;

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use atproto_resolver::RequestLimits;
use cocore_identity::Limits;
use common::issuer::{Key, encoded};
use common::{ALICE, World, claims, junk_did};
use serde_json::json;

/// More than are cached.
const TOKENS: usize = 100_000;
/// Those whose look-ups never end.
const HELD: usize = 200;

/// A token of an issuer of its own. Its signature is not that of the issuer, who has no key.
fn junk(number: usize) -> String {
    let header = encoded(json!({ "alg": "ES256K" }).to_string().as_bytes());
    let claims = encoded(
        claims(json!({ "iss": junk_did(number) }))
            .to_string()
            .as_bytes(),
    );
    format!("{header}.{claims}.{}", encoded(&[1; 64]))
}

#[tokio::test]
async fn unknown_issuers_cause_a_bounded_number_of_look_ups_and_delay_no_known_one() {
    let limits = Limits {
        queue_timeout: Duration::ZERO,
        ..Limits::default()
    };
    let requests = RequestLimits {
        in_all: 4,
        per_host: 4,
    };
    let world = World::with(limits, requests);
    let key = Key::secp256k1(1);
    let good = key.token(json!({}), claims(json!({})));
    assert_eq!(world.verify(&good).await, Ok(ALICE.to_owned()));
    let held: Vec<_> = (0..HELD).map(junk).collect();
    let held = held.iter().map(|token| world.verify(token));
    let mut held: Vec<_> = held.map(Box::pin).collect();
    for one in &mut held {
        poll_fn(|context| {
            let _ = one.as_mut().poll(context);
            Poll::Ready(())
        })
        .await;
    }
    for number in HELD..TOKENS {
        let found = world.verify(&junk(number)).await;
        assert_eq!(found, Err("ServiceUnavailable"), "{number}");
        if number % 1000 == 0 {
            assert_eq!(world.verify(&good).await, Ok(ALICE.to_owned()), "{number}");
        }
    }
    assert_eq!(world.verify(&good).await, Ok(ALICE.to_owned()));
    let requests = world.directory.requests();
    assert!(requests <= 1 + 4, "{requests}");
}
