//! The accounts that have live keys.

use std::collections::HashSet;
use std::sync::Arc;

use lexicon_runtime::Did;

/// The DIDs of accounts that have live keys, each stored once. Only the writer of the set uses this: a
/// live key points to its DID.
#[derive(Default)]
pub(super) struct Accounts(HashSet<Arc<Did>>);

impl Accounts {
    /// Returns the stored DID that is equal, or stores this one.
    pub(super) fn get_or_insert(&mut self, did: &Arc<Did>) -> Arc<Did> {
        if let Some(stored) = self.0.get(did) {
            return stored.clone();
        }
        self.0.insert(did.clone());
        did.clone()
    }

    /// Removes the DID of a removed key, unless it is in use: by another key, or by a request. What
    /// requests use remains until [`Accounts::shrink`].
    pub(super) fn release(&mut self, did: Arc<Did>) {
        // The one stored here, and `did`.
        if Arc::strong_count(&did) <= 2 {
            self.0.remove(&did);
        }
    }

    /// Removes the DIDs that nothing uses.
    pub(super) fn shrink(&mut self) {
        self.0.retain(|did| Arc::strong_count(did) > 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn did(text: String) -> Arc<Did> {
        Arc::new(Did::parse(text).unwrap())
    }

    #[test]
    fn a_did_is_stored_once_and_for_as_long_as_it_is_used() {
        let mut accounts = Accounts::default();
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
        let mut accounts = Accounts::default();
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
