//! Memory for the bodies of calls of models, which are large.

use std::sync::Arc;

use cocore_gateway::{ByteBudget, Held};

use crate::per_account::PerAccount;

/// The memory for all bodies, in bytes.
const ALL: usize = 256 * 1024 * 1024;
/// The memory for the bodies of one account: with one that leaked its key, there is room for others.
const OF_AN_ACCOUNT: usize = ALL / 4;

/// Memory for the bodies of calls.
pub struct BodyBudget {
    all: ByteBudget,
    /// The accounts with bodies in memory.
    accounts: PerAccount<ByteBudget>,
}

/// A part of that memory, until it is dropped.
pub struct BodyPermit {
    all: Held,
    of_account: Held,
    _account: Arc<ByteBudget>,
}

impl Default for BodyBudget {
    fn default() -> Self {
        Self {
            all: ByteBudget::new(ALL),
            accounts: PerAccount::default(),
        }
    }
}

impl BodyBudget {
    /// Begins to hold nothing of it, for a call of an account.
    pub fn hold(&self, did: &str) -> BodyPermit {
        let account = self.accounts.of(did, || ByteBudget::new(OF_AN_ACCOUNT));
        BodyPermit {
            all: self.all.hold(),
            of_account: account.hold(),
            _account: account,
        }
    }
}

impl BodyPermit {
    /// Takes so many further bytes. Returns whether there were enough.
    pub fn grow(&mut self, bytes: usize) -> bool {
        self.of_account.grow(bytes) && self.all.grow(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_leaves_room_for_others() {
        let budget = BodyBudget::default();
        let mut of_alice = [budget.hold("alice"), budget.hold("alice")];
        assert!(of_alice[0].grow(OF_AN_ACCOUNT));
        assert!(!of_alice[1].grow(1));
        let mut others: Vec<_> = ["b", "c", "d"].map(|did| budget.hold(did)).into();
        assert!(others.iter_mut().all(|other| other.grow(OF_AN_ACCOUNT)));
        assert!(!budget.hold("e").grow(1));
        drop((of_alice, others));
        assert!(budget.hold("alice").grow(OF_AN_ACCOUNT));
    }
}
