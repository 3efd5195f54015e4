//! The key service: the one place in which keys are created, verified, changed, revoked and deleted.

mod create;
mod end;
mod error;
mod limits;
mod rotate;
mod stop;
mod update;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::checks::{CheckCounters, CheckCounts, CheckOutcome};
use crate::clock::Clock;
use crate::error::StoreError;
use crate::event::StoredEvent;
use crate::filter::{KeyFilter, KeyPosition};
use crate::id::{IdGenerator, KeyId};
use crate::key::{Key, StoredKey, VerifiedKey};
use crate::live::{EXPIRED_RETENTION, LiveKeys, Verdict};
use crate::quota::Quota;
use crate::random::Random;
use crate::secret::Digest;
use crate::store::KeyStore;

pub use create::{CreateRequest, Created};
pub use error::KeyError;
pub use rotate::MAX_GRACE;
pub use update::KeyUpdate;

/// The longest id of a key that is looked up, in bytes.
const MAX_ID_LENGTH: usize = 200;
/// How many uses share a write, so that other writes get their turn in between.
const USES_BATCH: usize = 1000;

/// The key service.
pub struct Keys<S> {
    store: S,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    ids: Mutex<IdGenerator>,
    live: Arc<LiveKeys>,
    checks: CheckCounters,
    quota: Quota,
}

impl<S: KeyStore> Keys<S> {
    /// Creates a service on a store.
    pub fn new(store: S, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            store,
            clock,
            random,
            ids: Mutex::default(),
            live: Arc::new(LiveKeys::default()),
            checks: CheckCounters::default(),
            quota: Quota::default(),
        }
    }

    /// Limits how many keys an account may have. Otherwise there is no limit.
    #[must_use]
    pub fn with_quota(self, quota: Quota) -> Self {
        Self { quota, ..self }
    }

    /// Loads every live key into memory, and keeps them current from then on: keys are verified in memory
    /// for as long as the store vouches for the set. Without this, each verification queries the store.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn subscribe(&self) -> Result<(), StoreError> {
        self.store.key_subscribe(self.live.clone()).await
    }

    /// Returns whether keys are verified in memory at this moment.
    pub fn is_current(&self) -> bool {
        self.live.is_trusted(|| self.clock.steady())
    }

    /// Returns for how long from now keys are verified in memory, unless that is extended: the rest of this server's
    /// lease. Zero if they are not; `None` if there is no limit, since this process alone changes the store.
    pub fn current_for(&self) -> Option<Duration> {
        self.live.trusted_for(self.clock.steady())
    }

    /// Returns the number of keys in memory: the live ones, and those that have expired within the last day.
    pub fn count_in_memory(&self) -> usize {
        self.live.len()
    }

    /// Returns how many credentials were verified since the service was created.
    pub fn check_counts(&self) -> CheckCounts {
        self.checks.read()
    }

    /// Writes the uses of keys since the last call to the store.
    ///
    /// # Errors
    /// The store is unavailable. The uses are kept for the next call.
    pub async fn write_uses(&self) -> Result<(), StoreError> {
        let mut uses = self.live.unwritten_uses();
        // Every server locks rows in the same order: no deadlock.
        uses.sort_unstable_by_key(|one| one.id);
        for batch in uses.chunks(USES_BATCH) {
            self.store.key_used(batch.to_vec()).await?;
            self.live.mark_written(batch);
        }
        Ok(())
    }

    /// Removes keys from memory that expired long ago, and returns their number.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn evict_expired(&self) -> Result<usize, StoreError> {
        let before = self.clock.now() - EXPIRED_RETENTION;
        self.store.key_evict_expired(before).await
    }

    /// Returns the account's keys, the newest first.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn list(&self, did: &str) -> Result<Vec<Key>, StoreError> {
        let keys = self.store.key_list(did).await?.into_iter();
        Ok(keys.map(|stored| self.with_last_use(stored)).collect())
    }

    /// Returns the account's keys, the newest first, unless there are more than `max`.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn list_if_short(&self, did: &str, max: u16) -> Result<Option<Vec<Key>>, StoreError> {
        let first = self
            .store
            .key_list_first(did, max.saturating_add(1))
            .await?;
        if first.len() > usize::from(max) {
            return Ok(None);
        }
        let keys = first.into_iter();
        Ok(Some(
            keys.map(|stored| self.with_last_use(stored)).collect(),
        ))
    }

    /// Returns a key of the store as its owner sees it: its last use may not be written yet.
    pub fn with_last_use(&self, StoredKey { mut key, digest }: StoredKey) -> Key {
        let used = self.live.last_used_at(&digest, &key.id);
        key.last_used_at = key.last_used_at.max(used);
        key
    }

    /// Returns a key of the account.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn find(&self, did: &str, id: &str) -> Result<Option<Key>, StoreError> {
        if !is_possible_id(id) {
            return Ok(None);
        }
        let found = self.store.key_find(did, id).await?;
        Ok(found.map(|stored| self.with_last_use(stored)))
    }

    /// Returns the account's keys that a filter selects, the newest first, after a position, `limit` at most.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn page(
        &self,
        did: &str,
        filter: KeyFilter,
        after: Option<KeyPosition>,
        limit: u16,
    ) -> Result<Vec<Key>, StoreError> {
        let page = self.store.key_list_page(did, filter, after, limit).await?;
        let keys = page.into_iter();
        Ok(keys.map(|stored| self.with_last_use(stored)).collect())
    }

    /// Returns the account's events before a number, or its last ones, the newest first, `limit` at most: those of
    /// one key, or of all.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn events(
        &self,
        did: &str,
        id: Option<&str>,
        before: Option<i64>,
        limit: u16,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        if id.is_some_and(|id| !is_possible_id(id)) {
            return Ok(Vec::new());
        }
        self.store.key_events(did, id, before, limit).await
    }

    /// Returns the time of the wall clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Verifies a credential: returns its key if it is active. Counts as a use of the key.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn verify(&self, credential: &str) -> Result<Option<VerifiedKey>, StoreError> {
        let Some(digest) = Digest::of(credential) else {
            self.checks.count(CheckOutcome::Malformed);
            return Ok(None);
        };
        let now = self.clock.now();
        let verified = match self.live.check(&digest, now, || self.clock.steady()) {
            Verdict::Active(key) => Ok(Some(key)),
            Verdict::Inactive => Ok(None),
            Verdict::Unknown => self.look_up(digest, now).await,
        };
        self.checks.count(match &verified {
            Ok(Some(_)) => CheckOutcome::Active,
            Ok(None) => CheckOutcome::Inactive,
            Err(_) => CheckOutcome::Unavailable,
        });
        verified
    }

    /// Verifies a key in the store.
    async fn look_up(
        &self,
        digest: Digest,
        now: DateTime<Utc>,
    ) -> Result<Option<VerifiedKey>, StoreError> {
        self.checks.count_lookup();
        let found = self.store.key_by_digest(digest).await?;
        let Some(key) = found.filter(|key| !key.is_expired(now)) else {
            return Ok(None);
        };
        // Never before the creation: the wall clock may have been set back.
        self.live.record_use(key.id, now.max(key.created_at));
        Ok(Some(VerifiedKey {
            did: key.did,
            key_id: key.id,
            created_at: key.created_at,
            expires_at: key.expires_at,
            access: key.access,
        }))
    }

    /// Returns whether there is any key at all.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn any(&self) -> Result<bool, StoreError> {
        self.store.key_any().await
    }

    /// Checks that the store is available.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }

    /// Returns an id and its time, which is read while the generator is locked: otherwise the order of
    /// ids could differ from that of their times.
    fn next_id(&self) -> Result<(KeyId, DateTime<Utc>), StoreError> {
        let random = self.random()?;
        // After a panic elsewhere, the generator is still valid.
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        Ok((ids.next(now, random), now))
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], StoreError> {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes)?;
        Ok(bytes)
    }
}

/// Returns whether any store can hold a key with this id: PostgreSQL has no text with a NUL in it.
fn is_possible_id(text: &str) -> bool {
    text.len() <= MAX_ID_LENGTH && !text.contains('\0')
}
