//! `revokeKey`: revokes a key of the caller, with all that descend from it if that is asked for.

use cocore_lexicon::dev::cocore::apikey::revoke_key::{RevokeKey, RevokeKeyError, RevokeKeyOutput};
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use crate::errors::unavailable;
use crate::principal::Principal;

impl Handler<RevokeKey, Principal> for Api {
    async fn handle(
        &self,
        request: Request<RevokeKey, Principal>,
    ) -> Result<Response<RevokeKeyOutput>, HandlerError<RevokeKeyError>> {
        let caller = self.caller(&request.caller, &request.head);
        let input = &request.input;
        let revoked = self.keys.revoke(&caller, &input.id, input.cascade).await;
        let revoked = revoked.map_err(|error| unavailable(&error))?;
        Ok(RevokeKeyOutput::new(revoked).into())
    }
}
