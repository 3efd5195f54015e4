//! What the service needs of the world: time, randomness, a store.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use rand::TryRng;
use rand::rngs::SysRng;
use rustix::time::{ClockId, clock_gettime};

use crate::key::{Key, NewKey, Use};
use crate::live::LiveKeys;
use crate::secret::Digest;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now, by the wall, in whole milliseconds. It may be set, back too.
    fn now(&self) -> DateTime<Utc>;

    /// Now, since a moment of the clock's own choice. It never goes back, and runs on while the
    /// machine sleeps.
    fn steady(&self) -> Duration;
}

/// The clocks of the machine.
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

    fn steady(&self) -> Duration {
        // On Linux, the monotonic clock stands still in suspend.
        #[cfg(target_os = "linux")]
        let clock = ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        let clock = ClockId::Monotonic;
        let now = clock_gettime(clock);
        let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
        let nanos = u32::try_from(now.tv_nsec).unwrap_or_default();
        Duration::new(seconds, nanos)
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

/// Where keys are kept.
///
/// A change is on disk before its future ends, and in every set of live keys that is trusted and
/// follows the same store, in this process or in another. Dropping the future takes nothing back.
pub trait KeyStore: Send + Sync + 'static {
    /// Reads every live key into the set, keeps it current from now on, and says how long it may be
    /// trusted. One set follows a store.
    fn key_subscribe(
        &self,
        live: Arc<LiveKeys>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Whether there is any key at all.
    fn key_any(&self) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The key with this digest, live or not.
    fn key_by_digest(
        &self,
        digest: Digest,
    ) -> impl Future<Output = Result<Option<Key>, StoreError>> + Send;

    /// Stores a key.
    fn key_create(&self, key: NewKey) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes a key of the account: whether there was one.
    fn key_delete(
        &self,
        did: &str,
        id: &str,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The account's keys by creation time, then id, both descending.
    fn key_list(&self, did: &str) -> impl Future<Output = Result<Vec<NewKey>, StoreError>> + Send;

    /// Revokes a key of the account that is not revoked: whether there was one.
    fn key_revoke(
        &self,
        did: &str,
        id: &str,
        at: DateTime<Utc>,
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
