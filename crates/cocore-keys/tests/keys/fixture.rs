//! A key service on a store in memory, with a clock that the test sets.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cocore_keys::{
    ActiveKey, Change, Clock, Digest, Key, KeyName, KeyStore, KeyUse, Keys, LiveKeys,
    LiveKeysWriter, NewKey, Random, StoreError, StoredKey,
};
use lexicon_runtime::Did;

pub(crate) const ALICE: &str = "did:web:alice.example";
pub(crate) const BOB: &str = "did:web:bob.example";

/// A key in the store.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    active: ActiveKey,
    pub(crate) key: Key,
}

impl Row {
    pub(crate) fn digest(&self) -> Digest {
        self.active.digest
    }
}

/// A store in memory. It can be made unavailable.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) rows: Mutex<Vec<Row>>,
    pub(crate) subscriber: Mutex<Option<LiveKeysWriter>>,
    down: Mutex<Option<&'static str>>,
    /// How many times uses were written.
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

    fn publish(&self, change: &Change) {
        if let Some(writer) = &mut *self.subscriber.lock().unwrap() {
            writer.apply(change);
        }
    }
}

/// The same store for the service and the test.
#[derive(Clone, Default)]
pub(crate) struct Shared(pub(crate) Arc<Memory>);

impl KeyStore for Shared {
    async fn key_subscribe(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        self.0.down("subscribe")?;
        let mut writer = LiveKeysWriter::new(&live).unwrap();
        let rows = self.0.rows.lock().unwrap();
        let kept = rows.iter().filter(|row| row.key.revoked_at.is_none());
        kept.for_each(|row| writer.insert(&row.active));
        writer.trust();
        *self.0.subscriber.lock().unwrap() = Some(writer);
        Ok(())
    }

    async fn key_evict_expired(&self, before: DateTime<Utc>) -> Result<usize, StoreError> {
        let mut subscriber = self.0.subscriber.lock().unwrap();
        Ok(subscriber.as_mut().unwrap().evict_expired(before))
    }

    async fn key_any(&self) -> Result<bool, StoreError> {
        self.0.down("any")?;
        Ok(!self.0.rows.lock().unwrap().is_empty())
    }

    async fn key_by_digest(&self, digest: Digest) -> Result<Option<ActiveKey>, StoreError> {
        self.0.down("by_digest")?;
        let rows = self.0.rows.lock().unwrap();
        let found = rows
            .iter()
            .find(|row| row.digest() == digest && row.key.revoked_at.is_none());
        Ok(found.map(|row| row.active.clone()))
    }

    async fn key_create(&self, new: NewKey) -> Result<NewKey, StoreError> {
        self.0.down("create")?;
        let active = new.active.clone();
        let key = new.clone().into();
        self.0.publish(&Change::Created(active.clone()));
        self.0.rows.lock().unwrap().push(Row { active, key });
        Ok(new)
    }

    async fn key_delete(&self, did: &str, id: &str) -> Result<bool, StoreError> {
        self.0.down("delete")?;
        let mut rows = self.0.rows.lock().unwrap();
        let is_it = |row: &Row| row.key.did == did && row.key.id == id;
        let Some(position) = rows.iter().position(is_it) else {
            return Ok(false);
        };
        self.0
            .publish(&Change::Removed(rows.remove(position).digest()));
        Ok(true)
    }

    async fn key_list(&self, did: &str) -> Result<Vec<StoredKey>, StoreError> {
        self.0.down("list")?;
        let rows = self.0.rows.lock().unwrap();
        let own = rows.iter().filter(|row| row.key.did == did);
        let stored = own.map(|row| StoredKey {
            key: row.key.clone(),
            digest: row.digest(),
        });
        Ok(stored.rev().collect())
    }

    async fn key_list_first(&self, did: &str, limit: u16) -> Result<Vec<StoredKey>, StoreError> {
        let mut keys = self.key_list(did).await?;
        keys.truncate(limit.into());
        Ok(keys)
    }

    async fn key_revoke(&self, did: &str, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        self.0.down("revoke")?;
        let mut rows = self.0.rows.lock().unwrap();
        let is_active =
            |row: &&mut Row| row.key.did == did && row.key.id == id && row.key.revoked_at.is_none();
        let Some(row) = rows.iter_mut().find(is_active) else {
            return Ok(false);
        };
        row.key.revoked_at = Some(at);
        self.0.publish(&Change::Removed(row.digest()));
        Ok(true)
    }

    async fn key_used(&self, uses: Vec<KeyUse>) -> Result<(), StoreError> {
        self.0.down("used")?;
        let hold = self.0.hold.lock().unwrap().take();
        if let Some(hold) = hold {
            hold.notified().await;
        }
        *self.0.written.lock().unwrap() += 1;
        let mut rows = self.0.rows.lock().unwrap();
        for KeyUse { id, at } in uses {
            for row in rows.iter_mut().filter(|row| row.active.id == id) {
                row.key.last_used_at = row.key.last_used_at.max(Some(at));
            }
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.0.down("ping")
    }
}

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
        let fixture = Self::empty();
        fixture.keys.subscribe().await.unwrap();
        fixture
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
        let name = KeyName::parse("n").unwrap();
        let expires_at = expires_at.map(time);
        let (key, secret) = self
            .keys
            .create(&account(did), name, expires_at)
            .await
            .unwrap();
        (key, secret.expose().to_owned())
    }

    /// Returns whether a credential is a live key.
    pub(crate) async fn accepts(&self, secret: &str) -> bool {
        self.keys.verify(secret).await.unwrap().is_some()
    }
}

pub(crate) fn account(did: &str) -> Arc<Did> {
    Arc::new(Did::parse(did).unwrap())
}

pub(crate) fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}
