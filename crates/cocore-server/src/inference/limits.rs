//! The limits of callers, in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cocore_keys::{Clock, KeyId, StoreError};
use cocore_store::{Store, StoredLimits};
use lexicon_runtime::Did;

/// How old limits may be. What one server changes holds on the others after this time, and on itself at once.
const MAX_AGE: Duration = Duration::from_secs(5);
/// How long a call waits for limits that it has in an older form.
const READ_TIMEOUT: Duration = Duration::from_secs(2);
/// For how long the limits of a caller are kept that makes no call.
const RETENTION: Duration = Duration::from_secs(600);

/// The limits of callers that have called lately.
pub struct HeldLimits {
    store: Store,
    clock: Arc<dyn Clock>,
    held: Mutex<State>,
}

#[derive(Default)]
struct State {
    limits: HashMap<CallerId, Held>,
    /// How often limits were forgotten: what was read meanwhile may be older.
    forgotten: u64,
}

/// An account that calls with a key, or without.
type CallerId = (Arc<Did>, Option<KeyId>);

struct Held {
    limits: Arc<[StoredLimits]>,
    /// When they were last read, or tried to be.
    read_at: Duration,
    used_at: Duration,
}

impl HeldLimits {
    /// Nothing is known yet.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        let held = Mutex::default();
        Self { store, clock, held }
    }

    /// Returns the limits that hold for a call. While the store is unavailable, those that are known still do.
    ///
    /// # Errors
    /// The store is unavailable, and they are not known.
    pub(super) async fn of(
        self: &Arc<Self>,
        did: &Arc<Did>,
        key: Option<KeyId>,
    ) -> Result<Arc<[StoredLimits]>, StoreError> {
        let caller = (did.clone(), key);
        let now = self.clock.steady();
        let known = {
            let mut state = self.lock();
            match state.limits.get_mut(&caller) {
                Some(known) => {
                    known.used_at = now;
                    if now < known.read_at + MAX_AGE {
                        return Ok(known.limits.clone());
                    }
                    // Other calls do not wait for the same.
                    known.read_at = now;
                    Some(known.limits.clone())
                }
                None => None,
            }
        };
        // To its end, also if the client leaves meanwhile: other calls rely on it.
        let own = self.clone();
        let read = tokio::spawn(async move { own.read(caller, now).await });
        let unavailable = |_| StoreError::unavailable("the limits cannot be read");
        let Some(known) = known else {
            return read.await.map_err(unavailable).flatten();
        };
        match tokio::time::timeout(READ_TIMEOUT, read).await {
            Ok(Ok(Ok(limits))) => Ok(limits),
            late_or_failed => {
                if let Ok(Ok(Err(error))) = late_or_failed {
                    tracing::warn!(%error, "limits cannot be read now: those that are known hold");
                }
                Ok(known)
            }
        }
    }

    async fn read(
        &self,
        caller: CallerId,
        now: Duration,
    ) -> Result<Arc<[StoredLimits]>, StoreError> {
        let forgotten = self.lock().forgotten;
        let (did, key) = &caller;
        let id = key.map(|key| key.to_string());
        let read = self.store.call_limits(did.as_str(), id.as_deref()).await?;
        let limits: Arc<[StoredLimits]> = read.into();
        let known = Held {
            limits: limits.clone(),
            read_at: now,
            used_at: now,
        };
        let mut state = self.lock();
        if state.forgotten == forgotten {
            state.limits.insert(caller, known);
        }
        Ok(limits)
    }

    /// Forgets the limits of an account: they have changed.
    pub fn forget(&self, did: &Did) {
        let mut state = self.lock();
        state.forgotten += 1;
        state.limits.retain(|(known, _), _| **known != *did);
    }

    /// Forgets the limits of callers that have not called for long.
    pub fn purge(&self) {
        let now = self.clock.steady();
        let limits = &mut self.lock().limits;
        limits.retain(|_, held| now < held.used_at + RETENTION);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of it is whole.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
