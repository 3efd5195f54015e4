//! `setLimits`: replaces the limits for calls of models of a key, or of the account.

use cocore_keys::CallLimits;
use cocore_lexicon::dev::cocore::apikey::defs;
use cocore_lexicon::dev::cocore::apikey::set_limits::{SetLimits, SetLimitsError, SetLimitsOutput};
use xrpc_server::{Handler, HandlerError, Request, Response, XrpcError};

use super::Api;
use super::limits_view::limits_view;
use super::requested;
use crate::errors::key_error;
use crate::principal::Principal;

impl Handler<SetLimits, Principal> for Api {
    async fn handle(
        &self,
        request: Request<SetLimits, Principal>,
    ) -> Result<Response<SetLimitsOutput>, HandlerError<SetLimitsError>> {
        let caller = self.caller(&request.caller, &request.head);
        let limits = asked(&request.input.limits)?;
        let view = limits_view(&limits);
        let id = request.input.id.as_deref();
        let set = self.keys.set_limits(&caller, id, limits).await;
        set.map_err(|error| key_error(&error))?;
        self.limits.forget(&caller.did);
        Ok(SetLimitsOutput::new(view).into())
    }
}

fn asked(limits: &defs::CallLimits) -> Result<CallLimits, XrpcError> {
    // The lexicon allows none below zero.
    let limit = |number: Option<i64>| number.map(|number| number.try_into().unwrap_or(0));
    let models = limits.models.as_deref().map(requested::limited_models);
    Ok(CallLimits {
        tokens_per_day: limit(limits.tokens_per_day),
        tokens_per_month: limit(limits.tokens_per_month),
        requests_per_minute: limit(limits.requests_per_minute),
        models: models.transpose()?,
    })
}
