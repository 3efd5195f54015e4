//! `key limit`: replaces the limits for calls of models.

use cocore_lexicon::dev::cocore::apikey::defs::CallLimits;
use cocore_lexicon::dev::cocore::apikey::set_limits::{SetLimits, SetLimitsInput};

use super::caller::Caller;
use crate::arguments::{LimitArguments, NewLimits};
use crate::command::describe::{describe_limits, print_json};
use crate::command::output::print;
use crate::failure::Failure;

pub(super) async fn limit(caller: &Caller, arguments: LimitArguments) -> Result<(), Failure> {
    let NewLimits {
        tokens_per_day,
        tokens_per_month,
        requests_per_minute,
        models,
        none: _,
    } = arguments.limits;
    let mut limits = CallLimits::default();
    limits.tokens_per_day = tokens_per_day;
    limits.tokens_per_month = tokens_per_month;
    limits.requests_per_minute = requests_per_minute;
    limits.models = Some(models).filter(|models| !models.is_empty());
    let mut input = SetLimitsInput::new(limits);
    input.id = arguments.id;
    let output = caller.call::<SetLimits>(input).await?;
    if arguments.options.json {
        return print_json(&output);
    }
    print(&describe_limits(&output.limits))
}
