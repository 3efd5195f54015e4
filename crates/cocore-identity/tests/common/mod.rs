//! A service, a directory, and tokens as a PDS creates them.
// Each test binary uses a part of it.
#![allow(dead_code)]

#[path = "../../../../tests/support/issuer.rs"]
pub mod issuer;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use atproto_resolver::{Did, RequestLimits, Resolver, ResolverBuilder};
use cocore_identity::{Clock, KeyResolver, Limits, Policy, ServiceAuth, Target};
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

/// A client.
pub const CLIENT: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
/// Another one.
pub const OTHER_CLIENT: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)));

/// A steady clock that tests move on.
#[derive(Clone)]
pub struct TestClock(Arc<(Instant, AtomicU64)>);

impl TestClock {
    pub fn new() -> Self {
        Self(Arc::new((Instant::now(), AtomicU64::new(0))))
    }

    pub fn advance(&self, seconds: u64) {
        self.0.1.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn steady(&self) -> Duration {
        let (start, seconds) = &*self.0;
        start.elapsed() + Duration::from_secs(seconds.load(Ordering::SeqCst))
    }
}

pub struct World {
    pub directory: Directory,
    pub clock: TestClock,
    pub auth: ServiceAuth,
}

impl World {
    pub fn new(limits: Limits) -> Self {
        Self::with(limits, RequestLimits::default())
    }

    pub fn with(limits: Limits, requests: RequestLimits) -> Self {
        let directory = Directory::start();
        directory.put(ALICE, Key::secp256k1(1).document(ALICE));
        let clock = TestClock::new();
        let resolver = resolver(&directory, true).limits(requests).build();
        let auth = service_auth(resolver.unwrap(), limits, clock.clone());
        Self {
            directory,
            clock,
            auth,
        }
    }

    pub async fn verify(&self, token: &str) -> Result<String, &'static str> {
        self.verify_for(CLIENT, token).await
    }

    pub async fn verify_for(
        &self,
        client: Option<IpAddr>,
        token: &str,
    ) -> Result<String, &'static str> {
        let caller = self.auth.verify(token, TARGET, client, NOW, |_| true).await;
        caller
            .map(|caller| caller.did.to_string())
            .map_err(|error| error.name())
    }
}

/// A resolver whose PLC directory is `directory`.
pub fn resolver(directory: &Directory, allow_localhost: bool) -> ResolverBuilder {
    Resolver::builder()
        .plc_url(&directory.url)
        .allow_localhost(allow_localhost)
}

/// A service.
pub fn service_auth(resolver: Resolver, limits: Limits, clock: TestClock) -> ServiceAuth {
    let policy = Policy {
        audience: Did::parse(AUDIENCE).unwrap(),
        max_lifetime: Duration::from_secs(300),
    };
    ServiceAuth::new(policy, KeyResolver::new(resolver, limits, Arc::new(clock)))
}

/// The DID of an account that nobody has.
pub fn junk_did(number: usize) -> String {
    let digits = format!("{number:06}");
    let letters: String = digits
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect();
    format!("did:plc:{letters:b>24}")
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
