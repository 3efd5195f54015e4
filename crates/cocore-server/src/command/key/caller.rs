//! An account on whose behalf the operator calls methods.

use cocore_keys::CallerCredential;
use lexicon_runtime::{Did, NoBody, NoParams, Options, Validate, XrpcMethod, json};
use serde::Serialize;
use xrpc_server::{Handler, Request};

use crate::api::Api;
use crate::command::control;
use crate::command::target::Target;
use crate::failure::Failure;
use crate::principal::Principal;

/// An account that calls methods.
pub(super) struct Caller {
    pub(super) target: Target,
    pub(super) did: Did,
}

impl Caller {
    /// Calls a procedure.
    pub(super) async fn call<M: XrpcMethod<Params = NoParams>>(
        &self,
        input: M::Input,
    ) -> Result<M::Output, Failure>
    where
        M::Input: Validate + Serialize,
        Api: Handler<M, Principal>,
    {
        // As a request over HTTP is checked.
        json::check("input", &input, Options::DEFAULT).map_err(Failure::new)?;
        self.send::<M>(NoParams {}, input).await
    }

    /// Calls a query.
    pub(super) async fn query<M: XrpcMethod<Input = NoBody>>(
        &self,
        params: M::Params,
    ) -> Result<M::Output, Failure>
    where
        Api: Handler<M, Principal>,
    {
        json::check("params", &params, Options::DEFAULT).map_err(Failure::new)?;
        self.send::<M>(params, NoBody).await
    }

    async fn send<M: XrpcMethod>(
        &self,
        params: M::Params,
        input: M::Input,
    ) -> Result<M::Output, Failure>
    where
        Api: Handler<M, Principal>,
    {
        let Self { target, did } = self;
        let (api, url) = match target {
            Target::Server(database) => {
                return control::call::<M>(database, did, &params, input).await;
            }
            Target::Database { api, url, .. } => (api, url),
        };
        // This error has more detail than the method's own.
        let reached = api.keys.ping().await;
        reached.map_err(|error| Failure::new(format!("{url}: {error}")))?;
        let principal = Principal::new(did.clone(), CallerCredential::Operator);
        let request = Request::new(params, input, principal);
        let response = api.handle(request).await.map_err(|error| {
            let error = error.body();
            Failure::new(error.message.as_ref().unwrap_or(&error.error))
        })?;
        Ok(response.output)
    }
}
