//! The accounts that have live keys, each kept once.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

/// DIDs by their places. A place is given to another one when the last key that has it is gone.
#[derive(Default)]
pub(super) struct Accounts {
    places: Vec<Account>,
    /// Those of accounts, by the DID.
    index: HashTable<u32>,
    /// Those of nobody.
    free: Vec<u32>,
    hasher: RandomState,
}

#[derive(Default)]
struct Account {
    did: Option<Arc<str>>,
    /// How many keys have this place.
    keys: u32,
}

impl Accounts {
    /// The DID at a place.
    pub(super) fn did(&self, place: u32) -> Option<Arc<str>> {
        self.places.get(place as usize)?.did.clone()
    }

    /// The place of a DID, for one more key.
    pub(super) fn enter(&mut self, did: &str) -> u32 {
        let place = self.find(did).unwrap_or_else(|| self.add(did));
        if let Some(account) = self.places.get_mut(place as usize) {
            account.keys += 1;
        }
        place
    }

    /// One key less has this place.
    pub(super) fn leave(&mut self, place: u32) {
        let Some(account) = self.places.get_mut(place as usize) else {
            return;
        };
        account.keys -= 1;
        if account.keys > 0 {
            return;
        }
        if let Some(did) = account.did.take() {
            let hash = self.hasher.hash_one(&*did);
            if let Ok(entry) = self.index.find_entry(hash, |found| *found == place) {
                entry.remove();
            }
            self.free.push(place);
        }
    }

    fn find(&self, did: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(did);
        let is_it = |place: &u32| self.places[*place as usize].did.as_deref() == Some(did);
        self.index.find(hash, is_it).copied()
    }

    fn add(&mut self, did: &str) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(Account::default());
            // Four thousand million accounts do not fit into memory.
            (self.places.len() - 1) as u32
        });
        self.places[place as usize].did = Some(did.into());
        let (places, hasher) = (&self.places, &self.hasher);
        let rehash = |place: &u32| {
            let did = places[*place as usize].did.as_deref();
            hasher.hash_one(did.unwrap_or_default())
        };
        self.index
            .insert_unique(hasher.hash_one(did), place, rehash);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many come and go, there are as many places as there were accounts at once.
    #[test]
    fn a_place_is_of_whoever_has_keys() {
        let mut accounts = Accounts::default();
        for round in 0..100 {
            let dids: Vec<_> = (0..30)
                .map(|one| format!("did:web:{round}.{one}"))
                .collect();
            // Each has two keys.
            let places = |accounts: &mut Accounts| -> Vec<_> {
                dids.iter().map(|did| accounts.enter(did)).collect()
            };
            let first = places(&mut accounts);
            assert_eq!(places(&mut accounts), first);
            first.iter().for_each(|place| accounts.leave(*place));
            for (did, place) in dids.iter().zip(&first) {
                assert_eq!(accounts.did(*place).as_deref(), Some(&did[..]));
                accounts.leave(*place);
                assert_eq!(accounts.did(*place), None);
            }
        }
        assert_eq!(accounts.places.len(), 30);
        assert!(accounts.index.is_empty());
    }
}
