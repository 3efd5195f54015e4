//! A budget that cannot be overspent, whichever of several servers a call comes to.
//!
//! A server takes a slice of it from the ledger of all servers, in one step. Each call reserves the most that it can cost
//! of that slice, in memory, and settles what it did cost. What is not used for a while goes back. What a server has taken
//! that dies counts as spent until the period ends.

mod ledger;
mod period;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use thiserror::Error;

pub use ledger::{Account, Ledger, LedgerUnavailable, Settlement, Slice, SliceRequest};
pub use period::Period;

/// Of which part of the limit a server takes a slice, beyond what it needs.
const SLICES_OF_A_LIMIT: u64 = 20;
/// By how much the time of a call may be behind that of another one.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(1);
/// How often a server that holds a part of a budget says that it is alive.
const HEARTBEAT: TimeDelta = TimeDelta::seconds(20);

/// A budget, as one server knows it.
pub struct Budget {
    name: String,
    period: Period,
    ledger: Arc<dyn Ledger>,
    state: Mutex<State>,
    /// One slice is taken at a time: the others may be content with what it brings.
    taking: tokio::sync::Mutex<()>,
}

/// What this server has of it.
#[derive(Debug, Default)]
struct State {
    /// When the period began that this is of.
    starts_at: DateTime<Utc>,
    /// The limit for which it was taken.
    limit: u64,
    /// Taken, and not reserved.
    free: u64,
    /// Reserved by calls.
    reserved: u64,
    /// Spent, and not reported.
    spent: u64,
    /// Spent beyond what was taken, and not reported.
    overspent: u64,
    /// Taken, not to be spent any more, and not reported.
    returned: u64,
    /// Whether a call has reserved anything since the last report.
    is_used: bool,
    /// When something was last taken or reported.
    reported_at: DateTime<Utc>,
    /// What is to be reported of earlier periods.
    earlier: Vec<Settlement>,
}

impl State {
    /// Sets the limit. What was taken for a higher one is given back: there may be less now.
    fn set_limit(&mut self, limit: u64) {
        if limit < self.limit {
            self.returned += std::mem::take(&mut self.free);
        }
        self.limit = limit;
    }

    /// Adds to what is to be reported of an earlier period.
    fn add_earlier(&mut self, settlement: Settlement) {
        if settlement.is_nothing() {
            return;
        }
        let mut earlier = self.earlier.iter_mut();
        match earlier.find(|one| one.account == settlement.account) {
            Some(same) => same.add(&settlement),
            None => self.earlier.push(settlement),
        }
    }
}

/// Why an amount cannot be reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BudgetError {
    /// It can cost more than is left until the period ends.
    #[error("{left} are left until {ends_at}")]
    Spent {
        /// How much is left.
        left: u64,
        /// When the budget is whole again.
        ends_at: DateTime<Utc>,
    },
    /// What is left is reserved by calls that have not ended.
    #[error("what is left is reserved")]
    Reserved,
    /// The ledger is unavailable.
    #[error(transparent)]
    Unavailable(#[from] LedgerUnavailable),
}

impl Budget {
    /// A budget of which nothing is taken yet.
    pub fn new(name: String, period: Period, ledger: Arc<dyn Ledger>) -> Self {
        Self {
            name,
            period,
            ledger,
            state: Mutex::default(),
            taking: tokio::sync::Mutex::default(),
        }
    }

    /// Reserves an amount of a budget of which all servers may spend `limit` in a period.
    ///
    /// # Errors
    /// There is not so much.
    pub async fn reserve(
        self: &Arc<Self>,
        limit: u64,
        amount: u64,
        now: DateTime<Utc>,
    ) -> Result<Reserved, BudgetError> {
        let reserved = {
            let mut state = self.state(now);
            state.set_limit(limit);
            self.reserve_taken(&mut state, amount)
        };
        if let Some(reserved) = reserved {
            return Ok(reserved);
        }
        if amount > limit {
            let ends_at = self.period.end(self.period.start(now));
            return Err(BudgetError::Spent {
                left: limit,
                ends_at,
            });
        }
        // In a task of its own: what is taken is not lost if the client leaves meanwhile.
        let own = self.clone();
        let taken = tokio::spawn(async move { own.take(limit, amount, now).await });
        taken.await.unwrap_or(Err(LedgerUnavailable.into()))
    }

    /// Reserves an amount of what is taken already.
    fn reserve_taken(self: &Arc<Self>, state: &mut State, amount: u64) -> Option<Reserved> {
        state.free = state.free.checked_sub(amount)?;
        state.reserved += amount;
        state.is_used = true;
        Some(Reserved {
            budget: self.clone(),
            starts_at: state.starts_at,
            amount,
        })
    }

    /// Takes a slice, and reserves an amount of it.
    async fn take(
        self: Arc<Self>,
        limit: u64,
        amount: u64,
        now: DateTime<Utc>,
    ) -> Result<Reserved, BudgetError> {
        let _taking = self.taking.lock().await;
        let (starts_at, free) = {
            let mut state = self.state(now);
            if let Some(reserved) = self.reserve_taken(&mut state, amount) {
                return Ok(reserved);
            }
            (state.starts_at, state.free)
        };
        let request = SliceRequest {
            account: self.account(starts_at),
            limit,
            need: amount.saturating_sub(free),
            extra: limit / SLICES_OF_A_LIMIT,
        };
        let slice = self.ledger.take(request).await?;
        let mut state = self.state(now);
        if state.starts_at != starts_at {
            // The period has ended meanwhile, and with it what was taken.
            return Err(BudgetError::Reserved);
        }
        state.free = state.free.saturating_add(slice.taken);
        state.reported_at = now;
        if let Some(reserved) = self.reserve_taken(&mut state, amount) {
            return Ok(reserved);
        }
        // Nothing was taken, or another call has reserved some of it, or was for another limit.
        let left = slice.left(limit, state.spent);
        if slice.taken > 0 || (left >= amount && slice.is_held) {
            return Err(BudgetError::Reserved);
        }
        let ends_at = self.period.end(starts_at);
        Err(BudgetError::Spent { left, ends_at })
    }

    fn account(&self, starts_at: DateTime<Utc>) -> Account {
        Account {
            budget: self.name.clone(),
            period: self.period,
            starts_at,
        }
    }

    /// The state in the period of this moment. What was taken of an earlier one is of no use any more. A moment that has
    /// just passed belongs to the period that is now.
    fn state(&self, now: DateTime<Utc>) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        let starts_at = self.period.start(now);
        let is_set_back = now + CLOCK_TOLERANCE < state.starts_at;
        if starts_at > state.starts_at || is_set_back {
            let before = std::mem::take(&mut *state);
            state.starts_at = starts_at;
            state.limit = before.limit;
            state.reported_at = now;
            state.earlier = before.earlier;
            state.add_earlier(Settlement {
                account: self.account(before.starts_at),
                spent: before.spent,
                returned: if is_set_back {
                    // The clock comes to that period once more.
                    before.free + before.returned
                } else {
                    0
                },
                overspent: before.overspent,
            });
        }
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of it is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, starts_at: DateTime<Utc>, amount: u64, cost: u64) {
        let mut state = self.lock();
        let beyond = cost.saturating_sub(amount);
        if state.starts_at != starts_at {
            return state.add_earlier(Settlement {
                account: self.account(starts_at),
                spent: cost,
                returned: 0,
                overspent: beyond,
            });
        }
        let from_free = beyond.min(state.free);
        state.reserved = state.reserved.saturating_sub(amount);
        state.free = (state.free - from_free).saturating_add(amount.saturating_sub(cost));
        state.spent = state.spent.saturating_add(cost);
        state.overspent = state.overspent.saturating_add(beyond - from_free);
    }

    /// Returns what is to be reported, each of it once: also what is given back, if no call has reserved anything since the
    /// last report, or if the server stops.
    pub fn report(&self, now: DateTime<Utc>, is_stopping: bool) -> Vec<Settlement> {
        let mut state = self.state(now);
        let mut settlements = std::mem::take(&mut state.earlier);
        let is_used = std::mem::take(&mut state.is_used);
        let mut returned = std::mem::take(&mut state.returned);
        // What is free may be a part of what a call needs that takes the rest at this moment.
        let is_needed = is_used || self.taking.try_lock().is_err();
        if !is_needed || is_stopping {
            returned += std::mem::take(&mut state.free);
        }
        let spent = std::mem::take(&mut state.spent);
        let overspent = std::mem::take(&mut state.overspent);
        let is_changed = spent > 0 || returned > 0 || overspent > 0;
        let is_held = state.free > 0 || state.reserved > 0;
        if is_changed || (is_held && now - state.reported_at >= HEARTBEAT) {
            state.reported_at = now;
            settlements.push(Settlement {
                account: self.account(state.starts_at),
                spent,
                returned,
                overspent,
            });
        }
        settlements
    }

    /// Whether this server has nothing of it, and nothing to report.
    pub fn is_idle(&self) -> bool {
        let state = self.lock();
        let State {
            free,
            reserved,
            spent,
            overspent,
            returned,
            ..
        } = *state;
        [free, reserved, spent, overspent, returned] == [0; 5] && state.earlier.is_empty()
    }
}

/// An amount of a budget that a call has reserved. Dropped before it is settled, it is free again.
pub struct Reserved {
    budget: Arc<Budget>,
    starts_at: DateTime<Utc>,
    amount: u64,
}

impl Reserved {
    /// Returns how much is reserved.
    pub fn amount(&self) -> u64 {
        self.amount
    }

    /// Spends what the call did cost; the rest is free again.
    pub fn settle(mut self, cost: u64) {
        self.budget.settle(self.starts_at, self.amount, cost);
        // Nothing is left for `drop` to release.
        self.amount = 0;
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if self.amount > 0 {
            self.budget.settle(self.starts_at, self.amount, 0);
        }
    }
}
