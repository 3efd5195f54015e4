//! A service, a directory, and tokens as a PDS creates them.
// Each test binary uses a part of it.
#![allow(dead_code)]

#[path = "../../../../tests/support/issuer.rs"]
pub mod issuer;

use std::time::Duration;

use atproto_resolver::{Did, Resolver};
use cocore_identity::{KeyResolver, Limits, Policy, ServiceAuth, Target};
use issuer::{Directory, Key};
use serde_json::{Value, json};

pub const AUDIENCE: &str = "did:web:keys.example.com";
pub const METHOD: &str = "dev.cocore.account.listApiKeys";
pub const TARGET: Target<'_> = Target {
    method: METHOD,
    service: Some("cocore_account"),
};
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
        let auth = service_auth(&directory, true, limits);
        Self { directory, auth }
    }

    pub async fn verify(&self, token: &str) -> Result<String, &'static str> {
        let caller = self.auth.verify(token, TARGET, NOW, |_| true).await;
        caller
            .map(|caller| caller.did.to_string())
            .map_err(|error| error.name())
    }
}

/// A service whose PLC directory is `directory`.
pub fn service_auth(directory: &Directory, allow_localhost: bool, limits: Limits) -> ServiceAuth {
    let policy = Policy {
        audience: Did::parse(AUDIENCE).unwrap(),
        max_lifetime: Duration::from_secs(300),
    };
    let resolver = Resolver::builder()
        .plc_url(&directory.url)
        .allow_localhost(allow_localhost);
    ServiceAuth::new(policy, KeyResolver::new(resolver.build().unwrap(), limits))
}

/// The claims of a valid token, with some replaced.
pub fn claims(more: Value) -> Value {
    let mut claims = json!({
        "iss": ALICE, "aud": AUDIENCE, "lxm": METHOD, "exp": NOW as i64 + 60, "iat": NOW as i64, "jti": "1",
    });
    for (key, value) in more.as_object().unwrap() {
        claims[key] = value.clone();
    }
    claims
}
