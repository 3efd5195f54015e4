//! The budgets that limits have.

use cocore_gateway::budget::Period;
use cocore_store::StoredLimits;

/// What a budget counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Tokens of prompts and answers.
    Tokens,
    /// Calls.
    Requests,
}

impl Unit {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Requests => "requests",
        }
    }
}

/// Returns the budgets of limits: what each counts, for how long, and how much there is.
pub(super) fn budgets(of: &StoredLimits) -> impl Iterator<Item = (Unit, Period, u64)> + use<> {
    let limits = &of.limits;
    [
        (Unit::Requests, Period::Minute, limits.requests_per_minute),
        (Unit::Tokens, Period::Day, limits.tokens_per_day),
        (Unit::Tokens, Period::Month, limits.tokens_per_month),
    ]
    .into_iter()
    .filter_map(|(unit, period, limit)| Some((unit, period, limit?)))
}
