//! `deleteKey`: deletes a key of the caller.

use cocore_lexicon::dev::cocore::apikey::delete_key::{DeleteKey, DeleteKeyError, DeleteKeyOutput};
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use crate::errors::unavailable;
use crate::principal::Principal;

impl Handler<DeleteKey, Principal> for Api {
    async fn handle(
        &self,
        request: Request<DeleteKey, Principal>,
    ) -> Result<Response<DeleteKeyOutput>, HandlerError<DeleteKeyError>> {
        let caller = self.caller(&request.caller, &request.head);
        let deleted = self.keys.delete(&caller, &request.input.id).await;
        let deleted = deleted.map_err(|error| unavailable(&error))?;
        Ok(DeleteKeyOutput::new(deleted).into())
    }
}
