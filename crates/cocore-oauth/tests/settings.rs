//! Settings that cannot work.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used
)]

mod common;

use std::sync::Arc;

use atproto_resolver::Resolver;
use cocore_oauth::{Settings, SettingsError, SignIn, SigningKey};
use common::{MemoryStore, TestClock};

fn error(origin: &str, signing_key: Option<SigningKey>) -> Option<SettingsError> {
    let settings = Settings {
        origin: origin.to_owned(),
        signing_key,
        connection_scope: None,
    };
    let resolver = Resolver::builder().build().unwrap();
    let clock = Arc::new(TestClock::new());
    SignIn::new(settings, resolver, MemoryStore::default(), clock).err()
}

#[test]
fn origins_that_cannot_work_are_rejected() {
    for (origin, expected) in [
        ("x", SettingsError::NotUrl),
        ("https://a.example/x", SettingsError::NotOrigin),
        ("https://user@a.example", SettingsError::NotOrigin),
        ("https://a.example/?x", SettingsError::NotOrigin),
        ("https://a.example", SettingsError::NoSigningKey),
        ("http://a.example", SettingsError::UnsupportedOrigin),
        ("http://localhost:1", SettingsError::UnsupportedOrigin),
        ("https://1.2.3.4", SettingsError::UnsupportedOrigin),
        ("http://10.0.0.1", SettingsError::UnsupportedOrigin),
        ("ftp://127.0.0.1", SettingsError::UnsupportedOrigin),
    ] {
        assert_eq!(error(origin, None), Some(expected), "{origin}");
    }
    for origin in ["http://127.0.0.1:80/", "http://[::1]:1"] {
        assert_eq!(error(origin, None), None, "{origin}");
    }
    let key = SigningKey::generate().unwrap();
    assert_eq!(error("https://a.example", Some(key)), None);
}
