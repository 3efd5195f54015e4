use cocore_lexicon::dev::cocore::account::revoke_api_key::{
    RevokeApiKey, RevokeApiKeyError, RevokeApiKeyOutput,
};
use lexicon_runtime::{Handler, Request};

use super::Api;
use crate::errors::unavailable;
use crate::principal::Principal;

impl Handler<RevokeApiKey, Principal> for Api {
    async fn handle(
        &self,
        caller: Principal,
        request: Request<RevokeApiKey>,
    ) -> Result<RevokeApiKeyOutput, RevokeApiKeyError> {
        let revoked = self
            .keys
            .revoke(caller.did.as_str(), &request.input.id)
            .await;
        let revoked = revoked.map_err(|error| unavailable(&error))?;
        Ok(RevokeApiKeyOutput::new(revoked))
    }
}
