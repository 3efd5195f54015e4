//! The books of all servers: who has taken how much of which budget.

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
pub struct Ask {
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
    /// How much was spent by all servers, as far as they have reported it.
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

/// The books cannot be read or written now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the budgets cannot be read now")]
pub struct LedgerUnavailable;

/// The books of all servers.
pub trait Ledger: Send + Sync {
    /// Takes a part of a budget, in one step: no other server can take the same. Where it is not known whether it was
    /// taken, it counts as taken.
    fn take(
        &self,
        ask: Ask,
    ) -> Pin<Box<dyn Future<Output = Result<Slice, LedgerUnavailable>> + Send>>;
}

impl Ask {
    /// Returns how much it gets where this much is left: of what is beyond its need, a quarter at most, for others need
    /// some, too.
    pub fn share_of(&self, left: u64) -> u64 {
        match left.checked_sub(self.need) {
            None => 0,
            Some(rest) => self.need + self.extra.min(rest / 4),
        }
    }
}
