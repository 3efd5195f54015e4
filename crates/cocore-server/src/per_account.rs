//! A value for each account that has something in progress.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Values of accounts. One is there for as long as anyone else holds it, and some longer, until there are twice as many.
pub(crate) struct PerAccount<T>(Mutex<State<T>>);

struct State<T> {
    accounts: HashMap<String, Arc<T>>,
    /// How many there may be before those are dropped that nobody holds.
    most: usize,
}

/// The smallest number of accounts at which values are dropped.
const FEW: usize = 64;

impl<T> Default for PerAccount<T> {
    fn default() -> Self {
        Self(Mutex::new(State {
            accounts: HashMap::new(),
            most: FEW,
        }))
    }
}

impl<T> PerAccount<T> {
    /// Returns the value of an account, which is new if nobody holds one.
    pub(crate) fn of(&self, did: &str, new: impl FnOnce() -> T) -> Arc<T> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { accounts, most } = &mut *state;
        if let Some(account) = accounts.get(did) {
            return account.clone();
        }
        if accounts.len() >= *most {
            accounts.retain(|_, account| Arc::strong_count(account) > 1);
            *most = FEW.max(accounts.len() * 2);
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
    fn values_that_nobody_holds_are_dropped() {
        let values = PerAccount::default();
        let held = values.of("did:web:alice.example", || 1);
        for number in 0..10_000 {
            assert_eq!(*values.of(&format!("did:web:a{number}.example"), || 2), 2);
            assert!(values.0.lock().unwrap().accounts.len() <= FEW);
        }
        let found = values.of("did:web:alice.example", || 3);
        assert!(Arc::ptr_eq(&held, &found));
    }

    #[test]
    fn a_value_that_is_held_is_never_dropped() {
        let values = PerAccount::default();
        let of = |number: u32| values.of(&number.to_string(), || number);
        let held: Vec<_> = (0..1000).map(of).collect();
        assert!((0..1000).all(|number| Arc::ptr_eq(&of(number), &held[number as usize])));
    }
}
