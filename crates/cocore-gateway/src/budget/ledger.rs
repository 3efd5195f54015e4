//! The ledger of all servers: how much they have taken of which budget.

use std::future::Future;
use std::pin::Pin;

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::period::Period;

/// A budget in one of its periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub budget: String,
    /// Of what length the period is.
    pub period: Period,
    /// When the period began.
    pub starts_at: DateTime<Utc>,
}

/// What a server asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceRequest {
    /// Of which budget.
    pub account: Account,
    /// How much all servers together may take.
    pub limit: u64,
    /// How much it needs at least.
    pub need: u64,
    /// How much more it would like, so that it need not ask for each call.
    pub extra: u64,
}

/// What a server gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// How much it may spend: what it needs at least, or nothing.
    pub taken: u64,
    /// How much was taken before by all servers.
    pub taken_before: u64,
    /// How much of that is spent, as far as they have reported it.
    pub spent: u64,
    /// Whether a server that is alive has taken what is not spent.
    pub is_held: bool,
}

/// What a server reports of a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Of which budget.
    pub account: Account,
    /// What was spent.
    pub spent: u64,
    /// What was taken, is not spent, and is given back.
    pub returned: u64,
    /// What was spent beyond what was taken: a call has cost more than the most that it could.
    pub overspent: u64,
}

/// The ledger cannot be read or written now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the budgets cannot be read now")]
pub struct LedgerUnavailable;

/// The ledger of all servers.
pub trait Ledger: Send + Sync {
    /// Takes a part of a budget, in one step: no other server can take the same. Where it is not known whether it was
    /// taken, it counts as taken.
    fn take(
        &self,
        request: SliceRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Slice, LedgerUnavailable>> + Send>>;
}

impl Slice {
    /// Returns how much of a limit is left, where a server has spent some that it has not reported. What a dead server
    /// holds is not.
    pub(super) fn left(&self, limit: u64, unreported: u64) -> u64 {
        let gone = if self.is_held {
            self.spent.saturating_add(unreported)
        } else {
            self.taken_before
        };
        limit.saturating_sub(gone)
    }
}

impl Settlement {
    /// Whether there is nothing to report.
    pub(super) fn is_nothing(&self) -> bool {
        [self.spent, self.returned, self.overspent] == [0; 3]
    }

    /// Adds another one of the same account.
    pub(super) fn add(&mut self, other: &Self) {
        for (own, other) in [
            (&mut self.spent, other.spent),
            (&mut self.returned, other.returned),
            (&mut self.overspent, other.overspent),
        ] {
            *own = own.saturating_add(other);
        }
    }
}

impl SliceRequest {
    /// Returns how much it gets where this much is left: of what is beyond its need, a quarter at most, for others need
    /// some, too.
    pub fn share_of(&self, left: u64) -> u64 {
        match left.checked_sub(self.need) {
            None => 0,
            Some(rest) => self.need + self.extra.min(rest / 4),
        }
    }
}
