//! A value for each account that has something in progress.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Values of accounts. One is there for as long as anyone else holds it.
pub(crate) struct PerAccount<T>(Mutex<HashMap<String, Arc<T>>>);

impl<T> Default for PerAccount<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> PerAccount<T> {
    /// Returns the value of an account, which is new if nobody holds one.
    pub(crate) fn of(&self, did: &str, new: impl FnOnce() -> T) -> Arc<T> {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.retain(|_, account| Arc::strong_count(account) > 1);
        let account = accounts.entry(did.to_owned());
        account.or_insert_with(|| Arc::new(new())).clone()
    }

    /// How many accounts have a value.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
