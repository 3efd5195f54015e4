//! A service, a directory, and tokens as a PDS makes them.
// Each test uses a part of it.
#![allow(dead_code)]

#[path = "../../../../tests/support/issuer.rs"]
pub mod issuer;

use std::time::Duration;

use cocore_identity::{Limits, Policy, Resolver, ServiceAuth};
use issuer::{Directory, Key};
use serde_json::{Value, json};

pub const AUDIENCE: &str = "did:web:keys.example.com";
pub const METHOD: &str = "dev.cocore.account.listApiKeys";
pub const ALICE: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
pub const NOW: f64 = 1_800_000_000.0;

pub struct World {
    pub directory: Directory,
    pub auth: ServiceAuth,
}

impl World {
    pub fn new(limits: Limits) -> Self {
        let directory = Directory::start();
        directory.put(ALICE, Key::secp256k1(1).document(ALICE));
        let policy = Policy {
            audience: AUDIENCE.to_owned(),
            services: vec!["cocore_account"],
            longest_life: Duration::from_secs(300),
        };
        let resolver = Resolver::new(&directory.url, true, limits).unwrap();
        let auth = ServiceAuth::new(policy, resolver);
        Self { directory, auth }
    }

    pub async fn verify(&self, token: &str) -> Result<String, &'static str> {
        let caller = self.auth.verify(token, METHOD, NOW, |_| true).await;
        caller
            .map(|caller| caller.did.to_string())
            .map_err(|refusal| refusal.name())
    }
}

/// What a PDS claims.
pub fn claims(more: Value) -> Value {
    let mut claims = json!({
        "iss": ALICE, "aud": AUDIENCE, "lxm": METHOD, "exp": NOW as i64 + 60, "iat": NOW as i64, "jti": "1",
    });
    for (key, value) in more.as_object().unwrap() {
        claims[key] = value.clone();
    }
    claims
}
