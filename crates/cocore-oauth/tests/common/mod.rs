//! A store in memory, and a clock that the tests set.
// Each test binary uses a part of it.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used)]

pub mod server;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use cocore_oauth::{Clock, OAuthStore, OAuthStoreError};

/// The address of the person who signs in.
pub const ADDRESS: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));

#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<HashMap<String, String>>>);

impl OAuthStore for MemoryStore {
    async fn put(&self, key: String, value: String) -> Result<(), OAuthStoreError> {
        self.0.lock().unwrap().insert(key, value);
        Ok(())
    }

    async fn take(&self, key: String) -> Result<Option<String>, OAuthStoreError> {
        Ok(self.0.lock().unwrap().remove(&key))
    }
}

impl MemoryStore {
    /// The number of values.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap().len()
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
