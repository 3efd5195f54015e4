//! A key service on a store in memory, with a clock that the test sets.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cocore_keys::{
    Caller, CallerCredential, Clock, CreateRequest, Created, Key, KeyError, KeyName, Keys, Origin,
    Quota, Random, StoreError,
};
use lexicon_runtime::Did;

use crate::memory::Shared;

pub(crate) const ALICE: &str = "did:web:alice.example";
pub(crate) const BOB: &str = "did:web:bob.example";

/// A clock that shows the time that it was set to.
pub(crate) struct ManualClock(AtomicI64);

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::Relaxed)).unwrap()
    }

    fn steady(&self) -> Duration {
        Duration::ZERO
    }
}

/// Random bytes that are a counter.
struct CountingRandom(Mutex<u32>);

impl Random for CountingRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        let mut last = self.0.lock().unwrap();
        *last += 1;
        bytes.fill(0);
        let count = last.to_be_bytes();
        bytes[..count.len()].copy_from_slice(&count);
        Ok(())
    }
}

pub(crate) struct Fixture {
    pub(crate) keys: Keys<Shared>,
    pub(crate) store: Shared,
    pub(crate) clock: Arc<ManualClock>,
}

impl Fixture {
    /// A service that verifies keys in memory, as a server does.
    pub(crate) async fn new() -> Self {
        Self::with_quota(Quota::default()).await
    }

    /// The same, with a limit of the number of keys.
    pub(crate) async fn with_quota(quota: Quota) -> Self {
        let fixture = Self::empty();
        fixture.keys.subscribe().await.unwrap();
        Self {
            keys: fixture.keys.with_quota(quota),
            ..fixture
        }
    }

    /// A service that asks the store.
    pub(crate) fn empty() -> Self {
        let store = Shared::default();
        let clock = Arc::new(ManualClock(AtomicI64::new(
            time("2030-01-01T00:00:00Z").timestamp_millis(),
        )));
        let random = Arc::new(CountingRandom(Mutex::new(0)));
        Self {
            keys: Keys::new(store.clone(), clock.clone(), random),
            store,
            clock,
        }
    }

    pub(crate) fn set(&self, text: &str) {
        self.clock
            .0
            .store(time(text).timestamp_millis(), Ordering::Relaxed);
    }

    /// Makes an operation of the store fail, or `all`, or none.
    pub(crate) fn down(&self, operation: Option<&'static str>) {
        *self.store.0.down.lock().unwrap() = operation;
    }

    pub(crate) async fn create(&self, expires_at: Option<&str>) -> (Key, String) {
        self.create_for(ALICE, expires_at).await
    }

    pub(crate) async fn create_for(&self, did: &str, expires_at: Option<&str>) -> (Key, String) {
        let request = CreateRequest {
            expires_at: expires_at.map(time),
            ..named("n")
        };
        self.create_by(&session(did), request).await.unwrap()
    }

    /// Creates a key as a caller, and returns it with its secret.
    pub(crate) async fn create_by(
        &self,
        caller: &Caller,
        request: CreateRequest,
    ) -> Result<(Key, String), KeyError> {
        Ok(new(self.keys.create(caller, request, None).await?))
    }

    /// Revokes a key of an account, and returns whether it was not revoked before.
    pub(crate) async fn revoke(&self, did: &str, id: &str) -> bool {
        let revoked = self.keys.revoke(&session(did), id, false).await.unwrap();
        assert!(revoked.is_empty() || revoked == [id]);
        !revoked.is_empty()
    }

    /// Deletes a key of an account.
    pub(crate) async fn delete(&self, did: &str, id: &str) -> bool {
        self.keys.delete(&session(did), id).await.unwrap()
    }

    /// Returns whether a credential is a live key.
    pub(crate) async fn accepts(&self, secret: &str) -> bool {
        self.keys.verify(secret).await.unwrap().is_some()
    }

    /// Returns a key of Alice as the store has it.
    pub(crate) async fn find(&self, id: &str) -> Key {
        self.keys.find(ALICE, id).await.unwrap().unwrap()
    }
}

/// Returns a new key with its secret.
#[track_caller]
pub(crate) fn new(created: Created) -> (Key, String) {
    match created {
        Created::New(key, secret) => (*key, secret.expose().to_owned()),
        Created::Repeated(_) => panic!("the request was made before"),
    }
}

pub(crate) fn named(name: &str) -> CreateRequest {
    CreateRequest::named(KeyName::parse(name).unwrap())
}

pub(crate) fn caller(did: &str, credential: CallerCredential) -> Caller {
    Caller {
        did: account(did),
        credential,
        origin: Origin::default(),
    }
}

/// A user of the console.
pub(crate) fn session(did: &str) -> Caller {
    caller(did, CallerCredential::Session)
}

pub(crate) fn account(did: &str) -> Arc<Did> {
    Arc::new(Did::parse(did).unwrap())
}

pub(crate) fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}
