//! Values that many live keys share, each stored once.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

/// The DIDs of accounts, or the limits, of live keys, each stored once. Only the writer of the set uses this: a
/// live key points to its values.
pub(super) struct Interned<T>(HashSet<Arc<T>>);

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self(HashSet::new())
    }
}

impl<T: Eq + Hash> Interned<T> {
    /// Returns the stored value that is equal, or stores this one.
    pub(super) fn get_or_insert(&mut self, value: &Arc<T>) -> Arc<T> {
        if let Some(stored) = self.0.get(value) {
            return stored.clone();
        }
        self.0.insert(value.clone());
        value.clone()
    }

    /// Removes the value of a removed key, unless it is in use: by another key, or by a request. What
    /// requests use remains until [`Interned::shrink`].
    pub(super) fn release(&mut self, value: Arc<T>) {
        // The one stored here, and `value`.
        if Arc::strong_count(&value) <= 2 {
            self.0.remove(&value);
        }
    }

    /// Returns the number of values.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Removes the values that nothing uses.
    pub(super) fn shrink(&mut self) {
        self.0.retain(|value| Arc::strong_count(value) > 1);
    }
}

#[cfg(test)]
mod tests {
    use lexicon_runtime::Did;

    use super::*;

    fn did(text: String) -> Arc<Did> {
        Arc::new(Did::parse(text).unwrap())
    }

    #[test]
    fn a_did_is_stored_once_and_for_as_long_as_it_is_used() {
        let mut accounts = Interned::<Did>::default();
        for round in 0..100 {
            let texts = (0..30).map(|one| format!("did:web:{round}.{one}.example"));
            let keys: Vec<_> = texts
                .map(|text| [(); 2].map(|()| accounts.get_or_insert(&did(text.clone()))))
                .collect();
            assert_eq!(accounts.0.len(), 30);
            for [first, second] in keys {
                assert!(Arc::ptr_eq(&first, &second));
                accounts.release(first);
                assert!(accounts.0.contains(&second));
                accounts.release(second);
            }
            assert_eq!(accounts.0.len(), 0);
        }
    }

    #[test]
    fn a_did_that_a_request_uses_is_removed_later() {
        let mut accounts = Interned::<Did>::default();
        let key = accounts.get_or_insert(&did("did:web:alice.example".to_owned()));
        let request = key.clone();
        accounts.release(key);
        accounts.shrink();
        assert_eq!(accounts.0.len(), 1);
        drop(request);
        accounts.shrink();
        assert_eq!(accounts.0.len(), 0);
    }
}
