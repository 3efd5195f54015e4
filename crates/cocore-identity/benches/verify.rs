//! The time to verify a service-auth token whose issuer's key is cached. The limit is 150 microseconds of one
//! core. Run with `cargo bench -p cocore-identity`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub,
    missing_docs
)]

#[allow(dead_code)]
#[path = "../../../tests/support/issuer.rs"]
mod issuer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use atproto_resolver::{Did, Resolver};
use cocore_identity::{Clock, KeyResolver, Limits, Policy, ServiceAuth, Target};
use issuer::{Directory, Key};
use serde_json::json;

const ROUNDS: u32 = 5_000;
const LIMIT: f64 = 150.0;
const TARGET: Target<'_> = Target {
    method: "com.example.do",
    service: None,
};

/// The key is never looked up again.
struct Stopped;

impl Clock for Stopped {
    fn steady(&self) -> Duration {
        Duration::ZERO
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let directory = Directory::start();
    let policy = Policy {
        audience: Did::parse("did:web:keys.example.com").unwrap(),
        max_lifetime: Duration::from_secs(300),
    };
    let resolver = Resolver::builder().plc_url(&directory.url).build().unwrap();
    let keys = KeyResolver::new(resolver, Limits::default(), Arc::new(Stopped));
    let auth = ServiceAuth::new(policy, keys);
    for (did, key) in [
        ("did:plc:kaaaaaaaaaaaaaaaaaaaaaaa", Key::secp256k1(1)),
        ("did:plc:paaaaaaaaaaaaaaaaaaaaaaa", Key::p256(1)),
    ] {
        directory.put(did, key.document(did));
        let claims = json!({
            "iss": did, "aud": "did:web:keys.example.com", "lxm": "com.example.do", "exp": 60, "iat": 0,
            "jti": "x",
        });
        let token = key.token(json!({}), claims);
        auth.verify(&token, TARGET, None, 0.0, |_| true)
            .await
            .unwrap();
        let start = Instant::now();
        for _ in 0..ROUNDS {
            auth.verify(&token, TARGET, None, 0.0, |_| true)
                .await
                .unwrap();
        }
        let micros = start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
        let verdict = if micros <= LIMIT { "within" } else { "OVER" };
        println!(
            "{}: {micros:.1} microseconds a token, {verdict} the limit of {LIMIT}",
            key.algorithm()
        );
    }
    assert_eq!(directory.requests(), 2);
}
