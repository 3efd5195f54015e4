//! Turns: one task of this process at a time for each account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use atproto_resolver::Did;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// The accounts for which a task has its turn, or waits for it.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<Did, Weak<AsyncMutex<()>>>>);

impl Turns {
    /// Waits for the turn of an account. It ends when the result is dropped.
    pub(crate) async fn take(&self, did: &Did) -> OwnedMutexGuard<()> {
        self.of(did).lock_owned().await
    }

    fn of(&self, did: &Did) -> Arc<AsyncMutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = turns.get(did).and_then(Weak::upgrade) {
            return found;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let new = Arc::new(AsyncMutex::new(()));
        turns.insert(did.clone(), Arc::downgrade(&new));
        new
    }
}
