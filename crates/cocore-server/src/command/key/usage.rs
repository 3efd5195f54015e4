//! `key usage`: what calls of models have cost.

use cocore_lexicon::dev::cocore::apikey::get_usage::{GetUsage, GetUsageParams};
use lexicon_runtime::Datetime;

use super::caller::Caller;
use crate::arguments::UsageArguments;
use crate::command::describe::{describe_budget, describe_limits, describe_usage, print_json};
use crate::command::output::print;
use crate::failure::Failure;

pub(super) async fn usage(caller: &Caller, arguments: UsageArguments) -> Result<(), Failure> {
    let mut params = GetUsageParams::default();
    params.from = time("--from", arguments.from)?;
    params.to = time("--to", arguments.to)?;
    arguments.by.as_str().clone_into(&mut params.granularity);
    params.id = arguments.id;
    let output = caller.query::<GetUsage>(params).await?;
    if arguments.options.json {
        return print_json(&output);
    }
    print(&describe_limits(&output.limits))?;
    let budgets = output.budgets.iter().map(describe_budget);
    let usage = output.usage.iter().map(describe_usage);
    budgets.chain(usage).try_for_each(|line| print(&line))
}

fn time(flag: &str, text: Option<String>) -> Result<Option<Datetime>, Failure> {
    let parsed = text.map(Datetime::parse).transpose();
    parsed.map_err(|error| Failure::new(format!("{flag}: {error}")))
}
