//! Calls of language models: their upstreams, their callers, and what they cost.

mod accounting;
mod budgets;
mod caller;
mod ledger;
mod limits;
mod readings;
mod sums;
mod upstreams;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

pub use accounting::Accounting;
pub use budgets::LimitKind;
pub use caller::InferenceCaller;
pub use limits::HeldLimits;
pub use readings::{BudgetState, Granularity, InvalidRange, Range, Readings};
pub use upstreams::{find_models, read_upstreams, reload_upstreams};

/// Returns when the hour began that a time is in.
fn hour(at: DateTime<Utc>) -> DateTime<Utc> {
    // It fails beyond the year 2262.
    at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at)
}
