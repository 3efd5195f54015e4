//! The set of live keys, in memory: credentials are checked against it while it is trusted.
//!
//! A key takes 72 bytes in its shard and some 11 in the index. The DID of an account is stored once, and so are
//! the limits of what keys may do.

mod fingerprint;
mod interned;
mod live_key;
mod lock;
mod shard;
mod uses;
mod writer;

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::access::Access;
use crate::id::KeyId;
use crate::key::{KeyUse, VerifiedKey};
use crate::secret::Digest;
use fingerprint::Fingerprint;
use live_key::{LiveKey, Millis};
use lock::{lock, read};
use shard::Shard;
use uses::UnwrittenUses;

pub use writer::LiveKeysWriter;

const SHARDS: usize = 64;
/// The set is not trusted.
const NEVER: u64 = 0;
/// The set is trusted without a limit of time.
const ALWAYS: u64 = u64::MAX;
/// How long a key stays in the set past its expiry: a wall clock that is set back by less finds it again.
pub const EXPIRED_RETENTION: TimeDelta = TimeDelta::days(1);

/// Live keys by the digest of their secret. Any number of threads read it; one [`LiveKeysWriter`] keeps it
/// current and decides for how long it is trusted. While it is trusted, a key that is not in it is not
/// live.
pub struct LiveKeys {
    shards: [RwLock<Shard>; SHARDS],
    /// On the steady clock, in nanoseconds.
    trusted_until: AtomicU64,
    /// How many times the set was emptied: a result that was found meanwhile does not count.
    generation: AtomicU64,
    has_writer: AtomicBool,
    /// The keys that were used since uses were last collected.
    used: Mutex<Vec<Fingerprint>>,
    unwritten: UnwrittenUses,
}

/// The result of a check.
pub(crate) enum Verdict {
    /// The key is live.
    Active(VerifiedKey),
    /// There is no such key, or it is expired.
    Inactive,
    /// The set is not trusted: the store has to be asked.
    Unknown,
}

/// An empty set, which is not trusted.
impl Default for LiveKeys {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| RwLock::default()),
            trusted_until: AtomicU64::new(NEVER),
            generation: AtomicU64::new(0),
            has_writer: AtomicBool::new(false),
            used: Mutex::default(),
            unwritten: UnwrittenUses::default(),
        }
    }
}

impl LiveKeys {
    /// Returns whether the set is trusted at this moment of the steady clock, which is read only where it
    /// matters.
    pub fn is_trusted(&self, steady: impl FnOnce() -> Duration) -> bool {
        match self.trusted_until.load(Ordering::SeqCst) {
            NEVER => false,
            ALWAYS => true,
            until => steady().as_nanos() < u128::from(until),
        }
    }

    /// Returns for how long the set is trusted from a moment of the steady clock: zero if it is not, `None` without
    /// a limit.
    pub(crate) fn trusted_for(&self, now: Duration) -> Option<Duration> {
        match self.trusted_until.load(Ordering::SeqCst) {
            NEVER => Some(Duration::ZERO),
            ALWAYS => None,
            until => Some(Duration::from_nanos(until).saturating_sub(now)),
        }
    }

    /// Returns the number of keys in the set.
    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| read(shard).len()).sum()
    }

    /// Returns whether a digest is that of a key in the set, active or expired a short while ago.
    pub(crate) fn contains(&self, digest: &Digest) -> bool {
        let fingerprint = Fingerprint::of(digest);
        read(self.shard(&fingerprint)).get(&fingerprint).is_some()
    }

    /// Checks a digest at a time of the wall clock, and records a use of the key if it is live.
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
        found.map_or(Verdict::Inactive, Verdict::Active)
    }

    /// Takes the shard's lock, and the mutex of the uses that are not collected yet when a key is used for the
    /// first time since uses were last collected.
    fn use_key(&self, digest: &Digest, now: DateTime<Utc>) -> Option<VerifiedKey> {
        let now = now.timestamp_millis();
        let fingerprint = Fingerprint::of(digest);
        let shard = read(self.shard(&fingerprint));
        let key = shard.get(&fingerprint).filter(|key| !key.is_expired(now))?;
        // Never before the creation: the wall clock may have been set back.
        if key.last_use.record(now.max(key.created_at.get())) {
            lock(&self.used).push(fingerprint);
        }
        Some(VerifiedKey {
            did: key.did.clone(),
            key_id: key.id,
            created_at: DateTime::from_timestamp_millis(key.created_at.get())?,
            expires_at: match key.expires_at {
                Millis::NEVER => None,
                at => Some(DateTime::from_timestamp_millis(at.get())?),
            },
            access: Access::from(key.limits.clone()),
        })
    }

    /// Records a use of a key that was looked up in the store.
    pub(crate) fn record_use(&self, id: KeyId, at: DateTime<Utc>) {
        self.unwritten.record(id, at.timestamp_millis());
    }

    /// Returns when a key was last used, as far as this process knows.
    pub(crate) fn last_used_at(&self, digest: &Digest, id: &str) -> Option<DateTime<Utc>> {
        let fingerprint = Fingerprint::of(digest);
        let live = read(self.shard(&fingerprint))
            .get(&fingerprint)
            .and_then(|key| key.last_use.get());
        DateTime::from_timestamp_millis(live.max(self.unwritten.get(id))?)
    }

    /// Returns the uses that are not known to be written, each key once.
    pub(crate) fn unwritten_uses(&self) -> Vec<KeyUse> {
        self.collect_uses();
        self.unwritten.all()
    }

    /// Marks uses as written. A later use of the same key remains.
    pub(crate) fn mark_written(&self, uses: &[KeyUse]) {
        self.unwritten.remove(uses);
    }

    /// Moves the uses that are recorded at live keys to those by id.
    fn collect_uses(&self) {
        let used = mem::take(&mut *lock(&self.used));
        for fingerprint in used {
            if let Some(key) = read(self.shard(&fingerprint)).get(&fingerprint) {
                self.collect_use(key);
            }
        }
    }

    fn collect_use(&self, key: &LiveKey) {
        if let Some(at) = key.last_use.take() {
            self.unwritten.record(key.id, at);
        }
    }

    fn shard(&self, fingerprint: &Fingerprint) -> &RwLock<Shard> {
        &self.shards[fingerprint.shard(SHARDS)]
    }
}
