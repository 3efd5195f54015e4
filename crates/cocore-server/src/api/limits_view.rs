//! Limits for calls of models, as those see them who set them.

use cocore_keys::{CallLimits, Models};
use cocore_lexicon::dev::cocore::apikey::defs;

/// The view of limits.
pub(super) fn limits_view(limits: &CallLimits) -> defs::CallLimits {
    let models = limits.models.as_ref().map(Models::names);
    let mut view = defs::CallLimits::default();
    view.models = models.map(<[_]>::to_vec);
    view.requests_per_minute = limits.requests_per_minute.map(count);
    view.tokens_per_day = limits.tokens_per_day.map(count);
    view.tokens_per_month = limits.tokens_per_month.map(count);
    view
}

/// A number as lexicons have it.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
