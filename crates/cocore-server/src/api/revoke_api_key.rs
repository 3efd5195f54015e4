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
        let caller = self.caller(&request.caller, &request.head);
        let revoked = self.keys.revoke(&caller, &request.input.id, false).await;
        let revoked = revoked.map_err(|error| unavailable(&error))?;
        Ok(RevokeApiKeyOutput::new(!revoked.is_empty()).into())
    }
}
