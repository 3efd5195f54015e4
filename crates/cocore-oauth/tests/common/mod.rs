//! A store in memory that counts writes, and a clock that the tests set.
// Each test binary uses a part of it.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used)]

pub mod server;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use cocore_oauth::{Clock, EntryKind, OAuthStore, OAuthStoreError};

/// The address of the person who signs in.
pub const ADDRESS: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));

#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    values: HashMap<(EntryKind, String), String>,
    puts: Vec<EntryKind>,
}

impl OAuthStore for MemoryStore {
    async fn put(
        &self,
        kind: EntryKind,
        key: String,
        value: String,
    ) -> Result<(), OAuthStoreError> {
        let mut inner = self.0.lock().unwrap();
        inner.puts.push(kind);
        inner.values.insert((kind, key), value);
        Ok(())
    }

    async fn get(&self, kind: EntryKind, key: String) -> Result<Option<String>, OAuthStoreError> {
        Ok(self.0.lock().unwrap().values.get(&(kind, key)).cloned())
    }

    async fn delete(&self, kind: EntryKind, key: String) -> Result<(), OAuthStoreError> {
        self.0.lock().unwrap().values.remove(&(kind, key));
        Ok(())
    }
}

impl MemoryStore {
    pub fn session(&self, did: &str) -> Option<serde_json::Value> {
        let inner = self.0.lock().unwrap();
        let text = inner.values.get(&(EntryKind::Session, did.to_owned()))?;
        Some(serde_json::from_str(text).unwrap())
    }

    pub fn set_session(&self, did: &str, session: &serde_json::Value) {
        let mut inner = self.0.lock().unwrap();
        inner
            .values
            .insert((EntryKind::Session, did.to_owned()), session.to_string());
    }

    pub fn count(&self, kind: EntryKind) -> usize {
        let inner = self.0.lock().unwrap();
        inner.values.keys().filter(|(one, _)| *one == kind).count()
    }

    /// The number of writes so far.
    pub fn puts(&self, kind: EntryKind) -> usize {
        let inner = self.0.lock().unwrap();
        inner.puts.iter().filter(|one| **one == kind).count()
    }
}

/// A clock that stands still until a test moves it.
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<SystemTime>>);

impl TestClock {
    /// A clock that shows the current time.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(SystemTime::now())))
    }

    pub fn advance(&self, seconds: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(seconds);
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }
}
