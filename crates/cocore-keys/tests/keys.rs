//! The key service, on a store in memory, with a clock that the test sets.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::{
    Clock, CreateError, Digest, InvalidExpiry, Key, KeyName, KeyStore, Keys, NewKey, Random,
    Secret, StoreError,
};

const ALICE: &str = "did:web:alice.example";
const BOB: &str = "did:web:bob.example";

/// Keys in a vector. It can be told not to answer.
#[derive(Default)]
struct Memory {
    keys: Mutex<Vec<NewKey>>,
    down: Mutex<Option<&'static str>>,
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
}

/// The same store for the service and the test.
#[derive(Clone, Default)]
struct Shared(Arc<Memory>);

impl KeyStore for Shared {
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
        self.0.keys.lock().unwrap().push(key);
        Ok(())
    }

    async fn key_delete(&self, did: &str, id: &str) -> Result<bool, StoreError> {
        self.0.down("delete")?;
        let mut keys = self.0.keys.lock().unwrap();
        let before = keys.len();
        keys.retain(|new| new.key.did != did || new.key.id != id);
        Ok(keys.len() < before)
    }

    async fn key_list(&self, did: &str) -> Result<Vec<Key>, StoreError> {
        self.0.down("list")?;
        let keys = self.0.keys.lock().unwrap();
        let own = keys.iter().filter(|new| new.key.did == did);
        Ok(own.map(|new| new.key.clone()).rev().collect())
    }

    async fn key_revoke(&self, did: &str, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        self.0.down("revoke")?;
        let mut keys = self.0.keys.lock().unwrap();
        let live = |new: &&mut NewKey| {
            new.key.did == did && new.key.id == id && new.key.revoked_at.is_none()
        };
        let key = keys.iter_mut().find(live);
        Ok(key.map(|new| new.key.revoked_at = Some(at)).is_some())
    }

    async fn key_used(&self, id: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.0.down("used")?;
        let mut keys = self.0.keys.lock().unwrap();
        for new in keys.iter_mut().filter(|new| new.key.id == id) {
            new.key.last_used_at = new.key.last_used_at.max(Some(at));
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.0.down("ping")
    }
}

/// A clock that stands until it is set.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// Bytes that count up.
struct Counted(Mutex<u8>);

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        let mut last = self.0.lock().unwrap();
        *last += 1;
        bytes.fill(*last);
        Ok(())
    }
}

struct World {
    keys: Keys<Shared>,
    store: Shared,
    clock: Arc<Hands>,
}

impl World {
    fn new() -> Self {
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

    fn set(&self, text: &str) {
        self.clock
            .0
            .store(time(text).timestamp_millis(), Ordering::Relaxed);
    }

    fn down(&self, operation: Option<&'static str>) {
        *self.store.0.down.lock().unwrap() = operation;
    }

    async fn create(&self, expires_at: Option<&str>) -> (Key, String) {
        let name = KeyName::parse("n").unwrap();
        let (key, secret) = self
            .keys
            .create(ALICE, name, expires_at.map(time))
            .await
            .unwrap();
        (key, secret.expose().to_owned())
    }

    async fn accepts(&self, secret: &str) -> bool {
        self.keys.authenticate(secret).await.unwrap().is_some()
    }
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_key_ends_at_its_expiry_by_the_wall_clock() {
    let world = World::new();
    let (_, secret) = world.create(Some("2030-01-01T00:00:01.000Z")).await;
    for (now, expected) in [
        ("2030-01-01T00:00:00.000Z", true),
        ("2030-01-01T00:00:00.999Z", true),
        ("2030-01-01T00:00:01.000Z", false),
        ("2040-01-01T00:00:00Z", false),
        // A clock that is set back counts as it stands.
        ("2030-01-01T00:00:00.500Z", true),
    ] {
        world.set(now);
        assert_eq!(world.accepts(&secret).await, expected, "{now}");
    }
}

#[tokio::test]
async fn an_expiry_is_checked_against_the_clock() {
    let world = World::new();
    for (at, expected) in [
        ("2030-01-01T00:00:00Z", InvalidExpiry::NotAhead),
        ("2029-12-31T23:59:59Z", InvalidExpiry::NotAhead),
        ("9999-12-31T23:59:59-23:00", InvalidExpiry::TooFar),
    ] {
        let name = KeyName::parse("n").unwrap();
        let error = world
            .keys
            .create(ALICE, name, Some(time(at)))
            .await
            .unwrap_err();
        assert!(
            matches!(error, CreateError::InvalidExpiry(found) if found == expected),
            "{at}"
        );
    }
    assert!(!world.keys.any().await.unwrap());
}

#[tokio::test]
async fn an_expired_key_can_still_be_revoked() {
    let world = World::new();
    let (key, _) = world.create(Some("2030-01-01T00:00:01Z")).await;
    world.set("2030-01-02T00:00:00Z");
    assert!(world.keys.revoke(ALICE, &key.id).await.unwrap());
    assert!(!world.keys.revoke(ALICE, &key.id).await.unwrap());
}

#[tokio::test]
async fn the_first_revocation_stays() {
    let world = World::new();
    let (key, secret) = world.create(None).await;
    assert!(!world.keys.revoke(BOB, &key.id).await.unwrap());
    assert!(world.accepts(&secret).await);
    assert!(world.keys.revoke(ALICE, &key.id).await.unwrap());
    world.set("2030-01-02T00:00:00Z");
    assert!(!world.keys.revoke(ALICE, &key.id).await.unwrap());
    let listed = world.keys.list(ALICE).await.unwrap();
    assert_eq!(listed[0].revoked_at, Some(time("2030-01-01T00:00:00Z")));
    assert!(!world.accepts(&secret).await);
    assert!(!world.keys.delete(BOB, &key.id).await.unwrap());
    assert!(world.keys.delete(ALICE, &key.id).await.unwrap());
    assert!(!world.keys.delete(ALICE, &key.id).await.unwrap());
}

#[tokio::test]
async fn the_last_use_goes_neither_back_nor_before_the_creation() {
    let world = World::new();
    let (key, secret) = world.create(None).await;
    let created = key.created_at;
    for (now, expected) in [
        ("2029-06-01T00:00:00Z", created),
        ("2030-01-01T00:00:05Z", created + TimeDelta::seconds(5)),
        ("2030-01-01T00:00:03Z", created + TimeDelta::seconds(5)),
    ] {
        world.set(now);
        assert!(world.accepts(&secret).await);
        let listed = world.keys.list(ALICE).await.unwrap();
        assert_eq!(listed[0].last_used_at, Some(expected), "{now}");
    }
}

#[tokio::test]
async fn ids_of_one_instant_are_in_the_order_of_their_creation() {
    let world = World::new();
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(world.create(None).await.0.id);
    }
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
}

#[tokio::test]
async fn a_store_that_is_down_is_no_refusal() {
    let world = World::new();
    let (_, secret) = world.create(None).await;
    world.down(Some("all"));
    assert!(world.keys.authenticate(&secret).await.is_err());
    // A text that is no key needs no store.
    assert!(world.keys.authenticate("cocore-x").await.unwrap().is_none());
    // A use that cannot be noted is no reason to refuse.
    world.down(Some("used"));
    let owner = world.keys.authenticate(&secret).await.unwrap().unwrap();
    assert_eq!(owner.did, ALICE);
    assert!(owner.not_noted.is_some());
}

#[tokio::test]
async fn an_id_that_is_too_long_is_not_looked_up() {
    let world = World::new();
    world.down(Some("all"));
    assert!(!world.keys.revoke(ALICE, &"x".repeat(201)).await.unwrap());
    assert!(!world.keys.delete(ALICE, &"x".repeat(201)).await.unwrap());
    assert!(world.keys.delete(ALICE, &"x".repeat(200)).await.is_err());
}

#[tokio::test]
async fn what_is_stored_is_the_digest() {
    let world = World::new();
    let (key, secret) = world.create(None).await;
    let stored = world.store.0.keys.lock().unwrap()[0].clone();
    assert_eq!(stored.digest, Secret::parse(&secret).unwrap().digest());
    assert_eq!(key.prefix, secret[..15]);
    assert!(!format!("{stored:?}").contains(&secret[15..]));
}
