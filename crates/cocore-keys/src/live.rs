//! The set of live keys, in memory: what a credential is checked against, while it is trusted.
//!
//! A key costs 72 bytes in its shard, and some 11 in the index; accounts are kept once each.

mod accounts;
mod key;
mod shard;

use std::collections::HashMap;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::key::{NewKey, Use};
use crate::secret::Digest;
use accounts::Accounts;
use key::{LastUse, LiveKey, Millis};
use shard::Shard;

const SHARDS: usize = 64;
/// Not trusted, until something else is said.
const NEVER: u64 = 0;
const ALWAYS: u64 = u64::MAX;
/// How long a key is kept past its expiry: a wall clock that is set back by less finds it again.
pub const KEPT_EXPIRED: TimeDelta = TimeDelta::days(1);

/// Live keys by the digest of their secret. Whoever owns the store keeps it current, and says for how
/// long it may be trusted: then a miss is a definite no.
pub struct LiveKeys {
    shards: [RwLock<Shard>; SHARDS],
    accounts: RwLock<Accounts>,
    /// On the steady clock, in nanoseconds.
    trusted_until: AtomicU64,
    /// How often it was emptied: an answer that was found meanwhile is none.
    generation: AtomicU64,
    /// Digests of the keys that were used since their uses were last taken.
    used: Mutex<Vec<Digest>>,
    /// Uses that are not known to be written, by id, but for those that are noted at their keys alone.
    unwritten: Mutex<HashMap<String, i64>>,
}

/// What happened to a key. A digest is made once, and never again after it ended.
#[derive(Clone, Debug)]
pub enum Change {
    /// It was minted.
    Created(NewKey),
    /// It was revoked or deleted.
    Removed(Digest),
}

/// What the set says of a key.
pub(crate) enum Verdict {
    Live(Found),
    /// There is no such key, or it is past its expiry.
    NotLive,
    /// It cannot tell: the store has to be asked.
    Unknown,
}

/// Whom a live key stands for.
pub(crate) struct Found {
    pub(crate) did: Arc<str>,
    pub(crate) id: Uuid,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl Change {
    /// The key that is new.
    pub fn created(&self) -> Option<&NewKey> {
        match self {
            Self::Created(new) => Some(new),
            Self::Removed(_) => None,
        }
    }

    /// The key that it happened to.
    pub fn digest(&self) -> &Digest {
        match self {
            Self::Created(new) => &new.digest,
            Self::Removed(digest) => digest,
        }
    }
}

impl LiveKeys {
    pub(crate) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| RwLock::default()),
            accounts: RwLock::default(),
            trusted_until: AtomicU64::new(NEVER),
            generation: AtomicU64::new(0),
            used: Mutex::default(),
            unwritten: Mutex::default(),
        }
    }

    /// Empties it, before all keys are read. It is not trusted from now on. Uses are kept.
    pub fn reset(&self) {
        self.trusted_until.store(NEVER, Ordering::SeqCst);
        self.generation.fetch_add(1, Ordering::SeqCst);
        // Each is noted by its id from here on.
        let _ = self.uses();
        for shard in &self.shards {
            *write(shard) = Shard::default();
        }
        *write(&self.accounts) = Accounts::default();
    }

    /// Lets it answer for good: nobody else changes the store.
    pub fn trust(&self) {
        self.trusted_until.store(ALWAYS, Ordering::SeqCst);
    }

    /// Lets it answer until a moment on the steady clock.
    pub fn trust_until(&self, moment: Duration) {
        let nanos = u64::try_from(moment.as_nanos()).unwrap_or(ALWAYS);
        // A moment that would mean for good is one before that.
        self.trusted_until
            .store(nanos.min(ALWAYS - 1), Ordering::SeqCst);
    }

    /// Whether it may answer at this moment.
    pub fn is_trusted(&self, steady: impl FnOnce() -> Duration) -> bool {
        match self.trusted_until.load(Ordering::SeqCst) {
            NEVER => false,
            ALWAYS => true,
            until => steady().as_nanos() < u128::from(until),
        }
    }

    /// Takes a change in.
    pub fn apply(&self, change: &Change) {
        match change {
            Change::Created(new) => self.insert(new),
            Change::Removed(digest) => self.remove(digest),
        }
    }

    /// Adds a key that has not ended, unless it is here. One whose id is no UUID was not made by this
    /// program, and is no key.
    pub fn insert(&self, new: &NewKey) {
        let Ok(id) = Uuid::try_parse(&new.key.id) else {
            return;
        };
        let millis = |at: DateTime<Utc>| at.timestamp_millis();
        let expires_at = new.key.expires_at.map(millis);
        let account = write(&self.accounts).enter(&new.key.did);
        let key = LiveKey {
            digest: new.digest,
            id,
            created_at: Millis::new(millis(new.key.created_at)),
            expires_at: expires_at.map_or(Millis::NEVER, Millis::new),
            account,
            last_use: LastUse::new(new.key.last_used_at.map(millis)),
        };
        let mut shard = write(self.shard(&new.digest));
        if !shard.insert(key) {
            write(&self.accounts).leave(account);
        }
    }

    /// Takes a key out. Its last use is kept until the uses are taken.
    pub fn remove(&self, digest: &Digest) {
        let mut shard = write(self.shard(digest));
        if let Some(key) = shard.remove(digest) {
            self.keep_use(&key);
            // The shard is still held: it may be about to be emptied, and the accounts after it.
            write(&self.accounts).leave(key.account);
        }
    }

    /// Takes out what is long past its expiry: how many keys.
    pub(crate) fn remove_expired(&self, now: DateTime<Utc>) -> usize {
        let before = (now - KEPT_EXPIRED).timestamp_millis();
        let over = self
            .shards
            .iter()
            .flat_map(|shard| read(shard).expired(before));
        // Outside of the shard's lock.
        let over: Vec<_> = over.collect();
        over.iter().for_each(|digest| self.remove(digest));
        over.len()
    }

    fn keep_use(&self, key: &LiveKey) {
        if let Some(at) = key.last_use.take() {
            self.note_use(key.id.to_string(), at);
        }
    }

    /// What it says of a key, if it is trusted. The use of a live one is noted.
    pub(crate) fn check(
        &self,
        digest: &Digest,
        now: DateTime<Utc>,
        steady: impl FnOnce() -> Duration,
    ) -> Verdict {
        let generation = self.generation.load(Ordering::SeqCst);
        if !self.is_trusted(steady) {
            return Verdict::Unknown;
        }
        let found = self.use_key(digest, now);
        if self.generation.load(Ordering::SeqCst) != generation {
            return Verdict::Unknown;
        }
        found.map_or(Verdict::NotLive, Verdict::Live)
    }

    fn use_key(&self, digest: &Digest, now: DateTime<Utc>) -> Option<Found> {
        let now = now.timestamp_millis();
        let shard = read(self.shard(digest));
        let key = shard.get(digest).filter(|key| !key.is_over(now))?;
        // Never before the key was made.
        if key.last_use.note(now.max(key.created_at.get())) {
            lock(&self.used).push(key.digest);
        }
        Some(Found {
            did: read(&self.accounts).did(key.account)?,
            id: key.id,
            created_at: DateTime::from_timestamp_millis(key.created_at.get())?,
            expires_at: match key.expires_at {
                Millis::NEVER => None,
                at => Some(DateTime::from_timestamp_millis(at.get())?),
            },
        })
    }

    /// Notes a use of a key that was looked up in the store.
    pub(crate) fn used_elsewhere(&self, id: &str, at: DateTime<Utc>) {
        self.note_use(id.to_owned(), at.timestamp_millis());
    }

    /// When a key was last used, as far as this process knows.
    pub(crate) fn last_used_at(&self, digest: &Digest, id: &str) -> Option<DateTime<Utc>> {
        let here = read(self.shard(digest))
            .get(digest)
            .and_then(|key| key.last_use.get());
        let at = here.max(lock(&self.unwritten).get(id).copied())?;
        DateTime::from_timestamp_millis(at)
    }

    /// The uses that are not known to be written, each key once.
    pub(crate) fn uses(&self) -> Vec<Use> {
        let digests = mem::take(&mut *lock(&self.used));
        for digest in digests {
            let shard = read(self.shard(&digest));
            if let Some(key) = shard.get(&digest) {
                self.keep_use(key);
            }
        }
        let unwritten = lock(&self.unwritten);
        let uses = unwritten.iter().filter_map(|(id, at)| {
            let at = DateTime::from_timestamp_millis(*at)?;
            Some(Use { id: id.clone(), at })
        });
        uses.collect()
    }

    /// These are written. A later use of the same key is not.
    pub(crate) fn written(&self, uses: &[Use]) {
        let mut unwritten = lock(&self.unwritten);
        for Use { id, at } in uses {
            let at = at.timestamp_millis();
            if unwritten.get(id).is_some_and(|last| *last <= at) {
                unwritten.remove(id);
            }
        }
    }

    fn note_use(&self, id: String, at: i64) {
        let mut unwritten = lock(&self.unwritten);
        let last = unwritten.entry(id).or_insert(at);
        *last = at.max(*last);
    }

    fn shard(&self, digest: &Digest) -> &RwLock<Shard> {
        &self.shards[usize::from(digest.as_bytes()[31]) % SHARDS]
    }
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
