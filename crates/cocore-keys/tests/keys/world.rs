//! What the key service is tried in.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cocore_keys::{
    Change, Clock, Digest, Key, KeyName, KeyStore, Keys, LiveKeys, NewKey, Random, StoreError, Use,
};

pub(crate) const ALICE: &str = "did:web:alice.example";
pub(crate) const BOB: &str = "did:web:bob.example";

/// Keys in a vector. It can be told not to answer.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) keys: Mutex<Vec<NewKey>>,
    pub(crate) subscriber: Mutex<Option<Arc<LiveKeys>>>,
    down: Mutex<Option<&'static str>>,
    /// How often uses were written.
    pub(crate) written: Mutex<u32>,
    /// What the next write of uses waits for.
    pub(crate) hold: Mutex<Option<Arc<tokio::sync::Notify>>>,
}

impl Memory {
    fn down(&self, operation: &str) -> Result<(), StoreError> {
        match *self.down.lock().unwrap() {
            Some(down) if down == operation || down == "all" => {
                Err(StoreError::unavailable("down"))
            }
            _ => Ok(()),
        }
    }

    fn changed(&self, change: &Change) {
        if let Some(live) = &*self.subscriber.lock().unwrap() {
            live.apply(change);
        }
    }
}

/// The same store for the service and the test.
#[derive(Clone, Default)]
pub(crate) struct Shared(pub(crate) Arc<Memory>);

impl KeyStore for Shared {
    async fn key_subscribe(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        self.0.down("subscribe")?;
        let keys = self.0.keys.lock().unwrap();
        let kept = keys.iter().filter(|new| new.key.revoked_at.is_none());
        kept.for_each(|new| live.insert(new));
        live.trust();
        *self.0.subscriber.lock().unwrap() = Some(live);
        Ok(())
    }

    async fn key_any(&self) -> Result<bool, StoreError> {
        self.0.down("any")?;
        Ok(!self.0.keys.lock().unwrap().is_empty())
    }

    async fn key_by_digest(&self, digest: Digest) -> Result<Option<Key>, StoreError> {
        self.0.down("by_digest")?;
        let keys = self.0.keys.lock().unwrap();
        Ok(keys
            .iter()
            .find(|new| new.digest == digest)
            .map(|new| new.key.clone()))
    }

    async fn key_create(&self, key: NewKey) -> Result<(), StoreError> {
        self.0.down("create")?;
        self.0.keys.lock().unwrap().push(key.clone());
        self.0.changed(&Change::Created(key));
        Ok(())
    }

    async fn key_delete(&self, did: &str, id: &str) -> Result<bool, StoreError> {
        self.0.down("delete")?;
        let mut keys = self.0.keys.lock().unwrap();
        let own = |new: &NewKey| new.key.did == did && new.key.id == id;
        let Some(place) = keys.iter().position(own) else {
            return Ok(false);
        };
        self.0.changed(&Change::Removed(keys.remove(place).digest));
        Ok(true)
    }

    async fn key_list(&self, did: &str) -> Result<Vec<NewKey>, StoreError> {
        self.0.down("list")?;
        let keys = self.0.keys.lock().unwrap();
        let own = keys.iter().filter(|new| new.key.did == did);
        Ok(own.cloned().rev().collect())
    }

    async fn key_revoke(&self, did: &str, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        self.0.down("revoke")?;
        let mut keys = self.0.keys.lock().unwrap();
        let live = |new: &&mut NewKey| {
            new.key.did == did && new.key.id == id && new.key.revoked_at.is_none()
        };
        let Some(new) = keys.iter_mut().find(live) else {
            return Ok(false);
        };
        new.key.revoked_at = Some(at);
        self.0.changed(&Change::Removed(new.digest));
        Ok(true)
    }

    async fn key_used(&self, uses: Vec<Use>) -> Result<(), StoreError> {
        self.0.down("used")?;
        let hold = self.0.hold.lock().unwrap().take();
        if let Some(hold) = hold {
            hold.notified().await;
        }
        *self.0.written.lock().unwrap() += 1;
        let mut keys = self.0.keys.lock().unwrap();
        for Use { id, at } in uses {
            for new in keys.iter_mut().filter(|new| new.key.id == id) {
                new.key.last_used_at = new.key.last_used_at.max(Some(at));
            }
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.0.down("ping")
    }
}

/// A clock that stands until it is set.
pub(crate) struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::Relaxed)).unwrap()
    }

    fn steady(&self) -> Duration {
        Duration::ZERO
    }
}

/// Bytes that count up.
struct Counted(Mutex<u32>);

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        let mut last = self.0.lock().unwrap();
        *last += 1;
        bytes.fill(0);
        let count = last.to_be_bytes();
        bytes[..count.len()].copy_from_slice(&count);
        Ok(())
    }
}

pub(crate) struct World {
    pub(crate) keys: Keys<Shared>,
    pub(crate) store: Shared,
    pub(crate) clock: Arc<Hands>,
}

impl World {
    /// A service that has its keys in memory, as a server has.
    pub(crate) async fn new() -> Self {
        let world = Self::empty();
        world.keys.subscribe().await.unwrap();
        world
    }

    /// One that has not.
    pub(crate) fn empty() -> Self {
        let store = Shared::default();
        let clock = Arc::new(Hands(AtomicI64::new(
            time("2030-01-01T00:00:00Z").timestamp_millis(),
        )));
        let random = Arc::new(Counted(Mutex::new(0)));
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

    pub(crate) fn down(&self, operation: Option<&'static str>) {
        *self.store.0.down.lock().unwrap() = operation;
    }

    pub(crate) async fn create(&self, expires_at: Option<&str>) -> (Key, String) {
        self.create_for(ALICE, expires_at).await
    }

    pub(crate) async fn create_for(&self, did: &str, expires_at: Option<&str>) -> (Key, String) {
        let name = KeyName::parse("n").unwrap();
        let expires_at = expires_at.map(time);
        let (key, secret) = self.keys.create(did, name, expires_at).await.unwrap();
        (key, secret.expose().to_owned())
    }

    pub(crate) async fn accepts(&self, secret: &str) -> bool {
        self.keys.verify(secret).await.unwrap().is_some()
    }
}

pub(crate) fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}
