//! `getUsage`: what calls of models have cost, and what they may cost.

use cocore_lexicon::dev::cocore::apikey::defs::{BudgetView, UsageView};
use cocore_lexicon::dev::cocore::apikey::get_usage::{
    GetUsage, GetUsageError, GetUsageOutput, GetUsageParams,
};
use cocore_store::UsageSum;
use lexicon_runtime::Datetime;
use xrpc_server::{Handler, HandlerError, Request, Response, XrpcError};

use super::Api;
use super::limits_view::{count, limits_view};
use crate::errors::{invalid, too_many_lists, unavailable};
use crate::inference::{BudgetState, Granularity, InvalidRange, Range};
use crate::principal::Principal;

impl Handler<GetUsage, Principal> for Api {
    async fn handle(
        &self,
        request: Request<GetUsage, Principal>,
    ) -> Result<Response<GetUsageOutput>, HandlerError<GetUsageError>> {
        let range = self.range(&request.params)?;
        let did = request.caller.did.as_str();
        // An answer has a row for each hour, model and upstream.
        let permit = self.lists.permit(did).await;
        let _permit = permit.ok_or_else(too_many_lists)?;
        let key = request.params.id.as_deref();
        let readings = &self.readings;
        let usage = readings.usage(did, key, range).await;
        let usage = usage.map_err(|error| unavailable(&error))?;
        let limits = readings.limits(did, key).await;
        let limits = limits.map_err(|error| unavailable(&error))?;
        let budgets = readings.budgets(&limits).await;
        let budgets = budgets.map_err(|error| unavailable(&error))?;
        let own = limits.iter().find(|of| of.key_id.as_deref() == key);
        let own = own.map(|of| of.limits.clone()).unwrap_or_default();
        let output = GetUsageOutput::new(
            usage.into_iter().map(usage_view).collect(),
            limits_view(&own),
            budgets.into_iter().map(budget_view).collect(),
        );
        Ok(output.into())
    }
}

impl Api {
    fn range(&self, params: &GetUsageParams) -> Result<Range, XrpcError> {
        let time = |text: &Option<Datetime>| text.as_ref().and_then(Datetime::to_utc);
        // The lexicon allows no other names.
        let granularity = Granularity::parse(&params.granularity).unwrap_or(Granularity::Day);
        let now = self.readings.now();
        let range = Range::new(granularity, time(&params.from), time(&params.to), now);
        range.map_err(|why: InvalidRange| invalid("params/from", why))
    }
}

fn usage_view(sum: UsageSum) -> UsageView {
    let counts = sum.counts;
    UsageView::new(
        Datetime::from_utc(sum.start),
        sum.model,
        sum.upstream,
        count(counts.calls),
        count(counts.errors),
        count(counts.estimated),
        count(counts.input),
        count(counts.output),
        count(counts.cached),
    )
}

fn budget_view(state: BudgetState) -> BudgetView {
    let taken = state.taken;
    let unit = if state.kind.counts_tokens() {
        "tokens"
    } else {
        "requests"
    };
    let mut view = BudgetView::new(
        unit,
        state.kind.period().as_str(),
        count(state.limit),
        count(taken.spent),
        count(taken.taken.saturating_sub(taken.spent)),
        Datetime::from_utc(state.renews_at),
    );
    view.key_id = state.key_id;
    view
}
