//! A key service on a store in memory, with a clock that the test sets.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cocore_keys::{
    Access, Caller, CallerCredential, Clock, CreateRequest, Created, Event, Grant, Key, KeyError,
    KeyId, KeyName, Keys, Models, Origin, Quota, Random, Scopes, StoreError,
};
use lexicon_runtime::Did;

use crate::memory::Shared;
use crate::tables::Tables;

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
        self.set_time(time(text));
    }

    pub(crate) fn set_time(&self, time: DateTime<Utc>) {
        self.clock
            .0
            .store(time.timestamp_millis(), Ordering::Relaxed);
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

    /// Creates a key of Alice with scopes, models and an expiry.
    pub(crate) async fn create_with(&self, parts: Parts<'_>) -> (Key, String) {
        let made = self.create_by(&session(ALICE), request(parts)).await;
        made.unwrap()
    }

    /// Creates a key of Alice with another one. An empty text leaves the expiry out.
    pub(crate) async fn create_below(&self, parent: &str, expires_at: &str) -> Key {
        let caller = self.caller_of(parent).await;
        let request = request(("", "", expires_at));
        self.create_by(&caller, request).await.unwrap().0
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

    /// Returns the caller that a credential authenticates.
    pub(crate) async fn caller(&self, secret: &str) -> Caller {
        let key = self.keys.verify(secret).await.unwrap().unwrap();
        let grant = Grant {
            access: key.access,
            expires_at: key.expires_at,
        };
        let id = key.key_id;
        caller(key.did.as_str(), CallerCredential::ApiKey { id, grant })
    }

    /// Returns a caller with a key of Alice.
    pub(crate) async fn caller_of(&self, id: &str) -> Caller {
        let grant = self.find(id).await.grant();
        let id = KeyId::parse(id).unwrap();
        caller(ALICE, CallerCredential::ApiKey { id, grant })
    }

    /// Replaces a key, and returns the new one with its secret.
    pub(crate) async fn rotate(
        &self,
        caller: &Caller,
        id: &str,
        grace: Duration,
    ) -> Result<(Key, String), KeyError> {
        Ok(new(self.keys.rotate(caller, id, grace, None).await?))
    }

    /// Changes the row of a key, as another program does.
    pub(crate) fn edit(&self, id: &str, change: impl FnOnce(&mut Key)) {
        let mut tables = self.store.0.tables.lock().unwrap();
        let mut rows = tables.keys.iter_mut();
        change(&mut rows.find(|row| row.key.id == id).unwrap().key);
    }

    /// Returns Alice's events, the newest first.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let events = self.keys.events(ALICE, None, None, 1000).await.unwrap();
        events.into_iter().map(|stored| stored.event).collect()
    }

    /// Returns a copy of everything that is stored.
    pub(crate) fn tables(&self) -> Tables {
        self.store.0.tables.lock().unwrap().clone()
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

/// What a key has, or is to have: scopes, models, and its expiry. An empty text leaves one out.
pub(crate) type Parts<'t> = (&'t str, &'t str, &'t str);

pub(crate) fn request((scopes, models, expires_at): Parts<'_>) -> CreateRequest {
    let Grant { access, expires_at } = grant(scopes, models, expires_at);
    CreateRequest {
        scopes: access.scopes().cloned(),
        models: access.models().cloned(),
        expires_at,
        ..named("n")
    }
}

/// Returns what a key is given. An empty text leaves a part out.
pub(crate) fn grant(scopes: &str, models: &str, expires_at: &str) -> Grant {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let scopes = given(scopes).map(|text| Scopes::parse(&text).unwrap());
    let models = given(models).map(|text| Models::parse(text.split(' ')).unwrap());
    Grant {
        access: Access::new(scopes, models),
        expires_at: given(expires_at).map(|text| time(&text)),
    }
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
