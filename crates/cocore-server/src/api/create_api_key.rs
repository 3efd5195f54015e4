//! `createApiKey`: creates a key, whose secret is returned only this once.

use cocore_keys::{CreateError, KeyName};
use cocore_lexicon::dev::cocore::account::create_api_key::{
    CreateApiKey, CreateApiKeyError, CreateApiKeyOutput,
};
use lexicon_runtime::Secret;
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use super::view::view;
use crate::errors::{invalid, unavailable};
use crate::principal::Principal;

impl Handler<CreateApiKey, Principal> for Api {
    async fn handle(
        &self,
        request: Request<CreateApiKey, Principal>,
    ) -> Result<Response<CreateApiKeyOutput>, HandlerError<CreateApiKeyError>> {
        let Request { input, caller, .. } = request;
        let name = KeyName::parse(&input.name).map_err(|why| invalid("input/name", why))?;
        let expires_at = match &input.expires_at {
            None => None,
            // Not `and_then`: an expiry that cannot be read must never make a key without one.
            Some(text) => match text.to_utc() {
                Some(at) => Some(at),
                None => return Err(invalid("input/expiresAt", "expected a datetime").into()),
            },
        };
        let created = self.keys.create(&caller.did, name, expires_at).await;
        let (key, secret) = created.map_err(|error| match error {
            CreateError::InvalidExpiry(why) => invalid("input/expiresAt", why),
            CreateError::Unavailable(error) => unavailable(&error),
        })?;
        let secret = Secret::new(secret.expose());
        Ok(CreateApiKeyOutput::new(view(key, &caller.did), secret).into())
    }
}
