//! `revokeApiKey`: revokes a key of the caller; it stays in the list.

use cocore_lexicon::dev::cocore::account::revoke_api_key::{
    RevokeApiKey, RevokeApiKeyError, RevokeApiKeyOutput,
};
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use crate::errors::unavailable;
use crate::principal::Principal;

impl Handler<RevokeApiKey, Principal> for Api {
    async fn handle(
        &self,
        request: Request<RevokeApiKey, Principal>,
    ) -> Result<Response<RevokeApiKeyOutput>, HandlerError<RevokeApiKeyError>> {
        let revoked = self
            .keys
            .revoke(request.caller.did.as_str(), &request.input.id)
            .await;
        let revoked = revoked.map_err(|error| unavailable(&error))?;
        Ok(RevokeApiKeyOutput::new(revoked).into())
    }
}
