//! `createApiKey`: creates a key, whose secret is returned only this once.

use cocore_keys::{CreateRequest, Created};
use cocore_lexicon::dev::cocore::account::create_api_key::{
    CreateApiKey, CreateApiKeyError, CreateApiKeyOutput,
};
use lexicon_runtime::Secret;
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use super::requested;
use super::view::view;
use crate::errors::{idempotency_conflict, key_error};
use crate::principal::Principal;

impl Handler<CreateApiKey, Principal> for Api {
    async fn handle(
        &self,
        request: Request<CreateApiKey, Principal>,
    ) -> Result<Response<CreateApiKeyOutput>, HandlerError<CreateApiKeyError>> {
        let caller = self.caller(&request.caller, &request.head);
        let input = &request.input;
        let expires_at = input.expires_at.as_ref().map(requested::expiry);
        let asked = CreateRequest {
            expires_at: expires_at.transpose()?,
            ..CreateRequest::named(requested::name(&input.name)?)
        };
        let report = request.head.extensions.get();
        self.rate_limits.count_creation(&request.caller, report)?;
        let created = self.keys.create(&caller, asked, None).await;
        match created.map_err(|error| key_error(&error))? {
            Created::New(key, secret) => {
                let secret = Secret::new(secret.expose());
                Ok(CreateApiKeyOutput::new(view(*key, &caller.did), secret).into())
            }
            // Only a repeatable request has such an answer.
            Created::Repeated(_) => Err(idempotency_conflict().into()),
        }
    }
}
