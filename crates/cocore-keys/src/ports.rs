//! What the service needs of the world: time, randomness, a store.

use std::fmt;
use std::future::Future;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use rand::TryRng;
use rand::rngs::SysRng;

use crate::key::{Key, NewKey, Use};
use crate::secret::Digest;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now, in whole milliseconds.
    fn now(&self) -> DateTime<Utc>;
}

/// The wall clock of the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// Makes random bytes that nobody can guess.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// The source has none to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError>;
}

/// The randomness of the operating system.
#[derive(Clone, Copy, Debug)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        let filled = SysRng.try_fill_bytes(bytes);
        filled.map_err(|error| StoreError::unavailable(format!("no randomness: {error}")))
    }
}

/// Where keys are kept. What it has acknowledged is on disk.
///
/// `committed` is called once a change is on disk, in the order of the changes, and before the answer;
/// also when the future is dropped meanwhile.
pub trait KeyStore: Send + Sync + 'static {
    /// Whether there is any key at all.
    fn key_any(&self) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The key with this digest, live or not.
    fn key_by_digest(
        &self,
        digest: Digest,
    ) -> impl Future<Output = Result<Option<Key>, StoreError>> + Send;

    /// Stores a key.
    fn key_create(
        &self,
        key: NewKey,
        committed: impl FnOnce() + Send + 'static,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes a key of the account: whether there was one. `committed` gets its digest.
    fn key_delete(
        &self,
        did: &str,
        id: &str,
        committed: impl FnOnce(&Digest) + Send + 'static,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The account's keys by creation time, then id, both descending.
    fn key_list(&self, did: &str) -> impl Future<Output = Result<Vec<NewKey>, StoreError>> + Send;

    /// Every key that is not revoked and does not end by `now`.
    fn key_load(
        &self,
        now: DateTime<Utc>,
        each: impl FnMut(NewKey) + Send + 'static,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Revokes a key of the account that is not revoked: whether there was one. `committed` gets its
    /// digest.
    fn key_revoke(
        &self,
        did: &str,
        id: &str,
        at: DateTime<Utc>,
        committed: impl FnOnce(&Digest) + Send + 'static,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Notes uses, unless later ones are noted already. A use before the key was made is noted as of
    /// then.
    fn key_used(&self, uses: Vec<Use>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Whether it can answer.
    fn ping(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// The store cannot answer. Its text is for the log: it holds no value of a row.
#[derive(Clone, Debug)]
pub struct StoreError {
    message: String,
    newer_schema: bool,
}

impl StoreError {
    /// It cannot answer now, and may later.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            newer_schema: false,
        }
    }

    /// It was made by a newer version of this program, and will not get better by waiting.
    pub fn newer_schema(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            newer_schema: true,
        }
    }

    /// Whether the store was made by a newer version of this program.
    pub fn is_newer_schema(&self) -> bool {
        self.newer_schema
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}
