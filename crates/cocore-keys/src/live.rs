//! The set of live keys, in memory: what a credential is checked against.
//!
//! A key costs 80 bytes in its shard, and some 11 in the index; accounts are kept once each.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, Utc};
use hashbrown::HashTable;
use uuid::Uuid;

use crate::key::{NewKey, Use};
use crate::secret::Digest;

const SHARDS: usize = 64;
const NEVER: i64 = i64::MIN;
const FOR_EVER: i64 = i64::MAX;

/// Live keys by the digest of their secret.
pub(crate) struct LiveKeys {
    shards: [RwLock<Shard>; SHARDS],
    accounts: RwLock<Accounts>,
    /// Digests of the keys that were used since their uses were last taken.
    used: Mutex<Vec<Digest>>,
    /// Uses of keys that are not here, by id: taken with the others.
    elsewhere: Mutex<HashMap<String, i64>>,
    /// While all keys are read: those that ended meanwhile.
    ended: Mutex<Option<HashSet<Digest>>>,
}

#[derive(Default)]
struct Shard {
    keys: Vec<LiveKey>,
    /// Places in `keys`, by the digest, which is as random as any hash of it.
    index: HashTable<u32>,
}

struct LiveKey {
    digest: Digest,
    id: Uuid,
    created_at: i64,
    expires_at: i64,
    last_used_at: AtomicI64,
    account: u32,
    /// Whether it stands in `used`.
    is_used: AtomicBool,
}

/// DIDs, each once.
#[derive(Default)]
struct Accounts {
    names: Vec<Arc<str>>,
    /// Places in `names`.
    index: HashTable<u32>,
    hasher: std::hash::RandomState,
}

/// Whom a live key stands for.
pub(crate) struct Found {
    pub(crate) did: Arc<str>,
    pub(crate) id: Uuid,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl LiveKeys {
    pub(crate) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| RwLock::default()),
            accounts: RwLock::default(),
            used: Mutex::default(),
            elsewhere: Mutex::default(),
            ended: Mutex::default(),
        }
    }

    /// Before all keys are read: takes out what an attempt that failed has left, and remembers from
    /// now on which keys end meanwhile.
    pub(crate) fn begin_reading(&self) {
        *lock(&self.ended) = Some(HashSet::new());
        for shard in &self.shards {
            *write(shard) = Shard::default();
        }
    }

    /// After all keys were read.
    pub(crate) fn end_reading(&self) {
        *lock(&self.ended) = None;
    }

    /// Adds a key as it was read, unless it has ended since.
    pub(crate) fn insert_read(&self, new: &NewKey) {
        let Some(key) = self.live_key(new) else {
            return;
        };
        let mut shard = write(self.shard(&new.digest));
        // Inside the lock: whoever ends the key notes it first and takes it out then, before or after.
        let has_ended = |ended: &HashSet<Digest>| ended.contains(&new.digest);
        if !lock(&self.ended).as_ref().is_some_and(has_ended) {
            shard.insert(key);
        }
    }

    /// Adds a key that is neither revoked nor here. One whose id is no UUID was not made by this
    /// program, and is no key.
    pub(crate) fn insert(&self, new: &NewKey) {
        if let Some(key) = self.live_key(new) {
            write(self.shard(&new.digest)).insert(key);
        }
    }

    fn live_key(&self, new: &NewKey) -> Option<LiveKey> {
        let id = Uuid::try_parse(&new.key.id).ok()?;
        let millis = |at: Option<DateTime<Utc>>, none| at.map_or(none, |at| at.timestamp_millis());
        Some(LiveKey {
            digest: new.digest,
            id,
            created_at: new.key.created_at.timestamp_millis(),
            expires_at: millis(new.key.expires_at, FOR_EVER),
            last_used_at: AtomicI64::new(millis(new.key.last_used_at, NEVER)),
            account: write(&self.accounts).place(&new.key.did),
            is_used: AtomicBool::new(false),
        })
    }

    /// Takes a key out. Its last use is kept until the uses are taken.
    pub(crate) fn remove(&self, digest: &Digest) {
        if let Some(ended) = &mut *lock(&self.ended) {
            ended.insert(*digest);
        }
        let removed = write(self.shard(digest)).remove(digest);
        if let Some(key) = removed.filter(|key| key.is_used.load(Ordering::Relaxed)) {
            let at = key.last_used_at.into_inner();
            lock(&self.elsewhere).insert(key.id.to_string(), at);
        }
    }

    /// Whom a key stands for, if it is here and not past its expiry. The use is noted.
    pub(crate) fn use_key(&self, digest: &Digest, now: DateTime<Utc>) -> Option<Found> {
        let now = now.timestamp_millis();
        let shard = read(self.shard(digest));
        let key = shard.get(digest).filter(|key| now < key.expires_at)?;
        // Never before the key was made, and never back.
        key.last_used_at
            .fetch_max(now.max(key.created_at), Ordering::SeqCst);
        if !key.is_used.swap(true, Ordering::SeqCst) {
            lock(&self.used).push(key.digest);
        }
        let did = read(&self.accounts)
            .names
            .get(key.account as usize)?
            .clone();
        Some(Found {
            did,
            id: key.id,
            created_at: DateTime::from_timestamp_millis(key.created_at)?,
            expires_at: match key.expires_at {
                FOR_EVER => None,
                at => Some(DateTime::from_timestamp_millis(at)?),
            },
        })
    }

    /// Notes a use of a key that was looked up in the store.
    pub(crate) fn used_elsewhere(&self, id: &str, at: DateTime<Utc>) {
        let at = at.timestamp_millis();
        let mut elsewhere = lock(&self.elsewhere);
        let last = elsewhere.entry(id.to_owned()).or_insert(at);
        *last = at.max(*last);
    }

    /// When a key was last used, as far as this process knows.
    pub(crate) fn last_used_at(&self, digest: &Digest, id: &str) -> Option<DateTime<Utc>> {
        let here = read(self.shard(digest))
            .get(digest)
            .map(|key| key.last_used_at.load(Ordering::Relaxed));
        let at = here.max(lock(&self.elsewhere).get(id).copied())?;
        DateTime::from_timestamp_millis(at).filter(|_| at != NEVER)
    }

    /// The uses since the last time, each key once.
    pub(crate) fn take_uses(&self) -> Vec<Use> {
        let digests = mem::take(&mut *lock(&self.used));
        let elsewhere = mem::take(&mut *lock(&self.elsewhere));
        let here = digests.iter().filter_map(|digest| {
            let shard = read(self.shard(digest));
            let key = shard.get(digest)?;
            // Before the time is read: a use in between is then taken next time.
            key.is_used.store(false, Ordering::SeqCst);
            Some((key.id.to_string(), key.last_used_at.load(Ordering::SeqCst)))
        });
        let all = here.chain(elsewhere);
        all.filter_map(|(id, at)| {
            let at = DateTime::from_timestamp_millis(at)?;
            Some(Use { id, at })
        })
        .collect()
    }

    /// Puts uses back that could not be written.
    pub(crate) fn put_back(&self, uses: Vec<Use>) {
        for Use { id, at } in uses {
            self.used_elsewhere(&id, at);
        }
    }

    fn shard(&self, digest: &Digest) -> &RwLock<Shard> {
        &self.shards[usize::from(digest.as_bytes()[31]) % SHARDS]
    }
}

impl Shard {
    fn get(&self, digest: &Digest) -> Option<&LiveKey> {
        let same = |place: &u32| self.keys[*place as usize].digest == *digest;
        let place = self.index.find(hash(digest), same)?;
        self.keys.get(*place as usize)
    }

    fn insert(&mut self, key: LiveKey) {
        self.remove(&key.digest);
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

    fn remove(&mut self, digest: &Digest) -> Option<LiveKey> {
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
}

impl Accounts {
    fn place(&mut self, did: &str) -> u32 {
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

// What a panic elsewhere left behind is still a state to go on from: nothing here is half done.

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

fn lock<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
