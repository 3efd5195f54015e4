//! What the calls of models may cost that are made with a key, or by an account.

use crate::models::Models;

/// The largest limit: what is exact in every program that reads JSON.
pub const MAX_LIMIT: u64 = (1 << 53) - 1;

/// Limits for the calls of models of an account, or of a key and all that descend from it. `None` is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallLimits {
    /// How many tokens of prompts and answers in a day, of UTC.
    pub tokens_per_day: Option<u64>,
    /// How many in a month, of UTC.
    pub tokens_per_month: Option<u64>,
    /// How many calls in a minute.
    pub requests_per_minute: Option<u64>,
    /// Which models.
    pub models: Option<Models>,
}

impl CallLimits {
    /// Returns whether nothing is limited.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}
