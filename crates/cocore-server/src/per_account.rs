//! A value for each account that has something in progress, or had lately.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Values of accounts. A value is kept while it is in use, and some longer: until there are twice as many.
pub(crate) struct PerAccount<T>(Mutex<State<T>>);

struct State<T> {
    accounts: HashMap<String, Arc<T>>,
    /// At how many accounts unused values are dropped.
    sweep_at: usize,
}

/// The smallest number of accounts at which unused values are dropped.
const MIN_SWEEP: usize = 64;

impl<T> Default for PerAccount<T> {
    fn default() -> Self {
        Self(Mutex::new(State {
            accounts: HashMap::new(),
            sweep_at: MIN_SWEEP,
        }))
    }
}

impl<T> PerAccount<T> {
    /// Returns the value of an account, which is new if there is none.
    pub(crate) fn of(&self, did: &str, new: impl FnOnce() -> T) -> Arc<T> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { accounts, sweep_at } = &mut *state;
        if let Some(account) = accounts.get(did) {
            return account.clone();
        }
        if accounts.len() >= *sweep_at {
            accounts.retain(|_, account| Arc::strong_count(account) > 1);
            *sweep_at = MIN_SWEEP.max(accounts.len() * 2);
        }
        let account = Arc::new(new());
        accounts.insert(did.to_owned(), account.clone());
        account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_values_are_dropped() {
        let values = PerAccount::default();
        let held = values.of("did:web:alice.example", || 1);
        for number in 0..10_000 {
            assert_eq!(*values.of(&format!("did:web:a{number}.example"), || 2), 2);
            assert!(values.0.lock().unwrap().accounts.len() <= MIN_SWEEP);
        }
        let found = values.of("did:web:alice.example", || 3);
        assert!(Arc::ptr_eq(&held, &found));
    }

    #[test]
    fn a_value_in_use_is_never_dropped() {
        let values = PerAccount::default();
        let of = |number: u32| values.of(&number.to_string(), || number);
        let held: Vec<_> = (0..1000).map(of).collect();
        assert!((0..1000).all(|number| Arc::ptr_eq(&of(number), &held[number as usize])));
    }
}
