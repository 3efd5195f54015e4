//! Calls of language models: the upstreams that get them, who makes them, and what they cost.

mod accounting;
mod budgets;
mod caller;
mod ledger;
mod limits;
mod readings;
mod sums;
mod upstreams;

use chrono::{DateTime, Utc};

pub use accounting::Accounting;
pub use budgets::Unit;
pub use caller::InferenceCaller;
pub use limits::HeldLimits;
pub use readings::{BudgetState, Granularity, InvalidRange, Range, Readings};
pub use upstreams::{find_models, read_upstreams, reload_upstreams};

/// Returns when the hour began that a time is in.
fn hour(at: DateTime<Utc>) -> DateTime<Utc> {
    const MILLIS: i64 = 60 * 60 * 1000;
    let past = at.timestamp_millis().rem_euclid(MILLIS);
    DateTime::from_timestamp_millis(at.timestamp_millis() - past).unwrap_or(at)
}
