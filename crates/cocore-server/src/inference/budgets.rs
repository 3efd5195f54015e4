//! The budgets that limits have.

use cocore_gateway::budget::Period;
use cocore_store::StoredLimits;

/// What a budget counts, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Calls in a minute.
    RequestsPerMinute,
    /// Tokens of prompts and answers in a day.
    TokensPerDay,
    /// Tokens of prompts and answers in a month.
    TokensPerMonth,
}

impl LimitKind {
    /// Whether it counts tokens, or else calls.
    pub const fn counts_tokens(self) -> bool {
        matches!(self, Self::TokensPerDay | Self::TokensPerMonth)
    }

    /// The period.
    pub const fn period(self) -> Period {
        match self {
            Self::RequestsPerMinute => Period::Minute,
            Self::TokensPerDay => Period::Day,
            Self::TokensPerMonth => Period::Month,
        }
    }
}

/// Returns the budgets of limits, and how much each of them has in a period.
pub(super) fn budgets(of: &StoredLimits) -> impl Iterator<Item = (LimitKind, u64)> + use<> {
    let limits = &of.limits;
    [
        (LimitKind::RequestsPerMinute, limits.requests_per_minute),
        (LimitKind::TokensPerDay, limits.tokens_per_day),
        (LimitKind::TokensPerMonth, limits.tokens_per_month),
    ]
    .into_iter()
    .filter_map(|(kind, limit)| Some((kind, limit?)))
}
