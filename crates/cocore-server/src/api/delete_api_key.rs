use cocore_lexicon::dev::cocore::account::delete_api_key::{
    DeleteApiKey, DeleteApiKeyError, DeleteApiKeyOutput,
};
use lexicon_runtime::{Handler, Request};

use super::Api;
use crate::errors::unavailable;
use crate::principal::Principal;

impl Handler<DeleteApiKey, Principal> for Api {
    async fn handle(
        &self,
        caller: Principal,
        request: Request<DeleteApiKey>,
    ) -> Result<DeleteApiKeyOutput, DeleteApiKeyError> {
        let deleted = self
            .keys
            .delete(caller.did.as_str(), &request.input.id)
            .await;
        let deleted = deleted.map_err(|error| unavailable(&error))?;
        Ok(DeleteApiKeyOutput::new(deleted))
    }
}
