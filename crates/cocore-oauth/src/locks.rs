//! One at a time for each name, in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

#[derive(Default)]
pub(crate) struct Locks(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Locks {
    pub(crate) async fn lock(&self, name: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut busy = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Only those in use are kept.
            busy.retain(|_, lock| Arc::strong_count(lock) > 1);
            busy.entry(name.to_owned()).or_default().clone()
        };
        lock.lock_owned().await
    }
}
