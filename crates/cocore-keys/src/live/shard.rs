//! Where live keys are: a vector, and an index of places in it.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64};

use hashbrown::HashTable;
use uuid::Uuid;

use crate::secret::Digest;

/// A part of the set.
#[derive(Default)]
pub(super) struct Shard {
    keys: Vec<LiveKey>,
    /// Places in `keys`, by the digest, which is as random as any hash of it.
    index: HashTable<u32>,
}

pub(super) struct LiveKey {
    pub(super) digest: Digest,
    pub(super) id: Uuid,
    pub(super) created_at: i64,
    pub(super) expires_at: i64,
    pub(super) last_used_at: AtomicI64,
    /// Its place among the accounts.
    pub(super) account: u32,
    /// Whether it stands among the keys that were used.
    pub(super) is_used: AtomicBool,
}

/// DIDs, each once.
#[derive(Default)]
pub(super) struct Accounts {
    names: Vec<Arc<str>>,
    /// Places in `names`.
    index: HashTable<u32>,
    hasher: std::hash::RandomState,
}

impl Shard {
    pub(super) fn get(&self, digest: &Digest) -> Option<&LiveKey> {
        let same = |place: &u32| self.keys[*place as usize].digest == *digest;
        let place = self.index.find(hash(digest), same)?;
        self.keys.get(*place as usize)
    }

    /// Adds a key, unless it is here: the one that is knows its last use.
    pub(super) fn insert(&mut self, key: LiveKey) {
        if self.get(&key.digest).is_some() {
            return;
        }
        // A vector that doubles would waste half of the memory at worst.
        if self.keys.len() == self.keys.capacity() {
            self.keys.reserve_exact(self.keys.len() / 8 + 8);
        }
        let Ok(place) = u32::try_from(self.keys.len()) else {
            return;
        };
        let digest = key.digest;
        self.keys.push(key);
        let keys = &self.keys;
        let rehash = |place: &u32| hash(&keys[*place as usize].digest);
        self.index.insert_unique(hash(&digest), place, rehash);
    }

    pub(super) fn remove(&mut self, digest: &Digest) -> Option<LiveKey> {
        let keys = &self.keys;
        let same = |place: &u32| keys[*place as usize].digest == *digest;
        let entry = self.index.find_entry(hash(digest), same).ok()?;
        let (place, _) = entry.remove();
        let removed = self.keys.swap_remove(place as usize);
        // The last one has taken its place.
        if let Some(moved) = self.keys.get(place as usize) {
            let last = self.keys.len();
            let was = |found: &u32| *found as usize == last;
            if let Some(found) = self.index.find_mut(hash(&moved.digest), was) {
                *found = place;
            }
        }
        Some(removed)
    }

    /// The keys whose expiry is before a time.
    pub(super) fn expired(&self, before: i64) -> Vec<Digest> {
        let over = self.keys.iter().filter(|key| key.expires_at < before);
        over.map(|key| key.digest).collect()
    }
}

impl Accounts {
    /// The DID at a place.
    pub(super) fn name(&self, place: u32) -> Option<Arc<str>> {
        self.names.get(place as usize).cloned()
    }

    /// The place of a DID, which it gets if it has none.
    pub(super) fn place(&mut self, did: &str) -> u32 {
        let hash = self.hasher.hash_one(did);
        let names = &self.names;
        if let Some(place) = self
            .index
            .find(hash, |place| *names[*place as usize] == *did)
        {
            return *place;
        }
        let place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(did.into());
        let (names, hasher) = (&self.names, &self.hasher);
        let rehash = |place: &u32| hasher.hash_one(&*names[*place as usize]);
        self.index.insert_unique(hash, place, rehash);
        place
    }
}

fn hash(digest: &Digest) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}
