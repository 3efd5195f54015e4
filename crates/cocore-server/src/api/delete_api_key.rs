//! `deleteApiKey`: deletes a key of the caller.

use cocore_lexicon::dev::cocore::account::delete_api_key::{
    DeleteApiKey, DeleteApiKeyError, DeleteApiKeyOutput,
};
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use crate::errors::unavailable;
use crate::principal::Principal;

impl Handler<DeleteApiKey, Principal> for Api {
    async fn handle(
        &self,
        request: Request<DeleteApiKey, Principal>,
    ) -> Result<Response<DeleteApiKeyOutput>, HandlerError<DeleteApiKeyError>> {
        let caller = self.caller(&request.caller, &request.head);
        let deleted = self.keys.delete(&caller, &request.input.id).await;
        let deleted = deleted.map_err(|error| unavailable(&error))?;
        Ok(DeleteApiKeyOutput::new(deleted).into())
    }
}
