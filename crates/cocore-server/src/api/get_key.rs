//! `getKey`: returns a key of the caller.

use cocore_keys::KeyError;
use cocore_lexicon::dev::cocore::apikey::get_key::{GetKey, GetKeyError, GetKeyOutput};
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use super::key_view::key_view;
use crate::errors::{key_error, unavailable};
use crate::principal::Principal;

impl Handler<GetKey, Principal> for Api {
    async fn handle(
        &self,
        request: Request<GetKey, Principal>,
    ) -> Result<Response<GetKeyOutput>, HandlerError<GetKeyError>> {
        let did = &request.caller.did;
        let found = self.keys.find(did.as_str(), &request.params.id).await;
        let found = found.map_err(|error| unavailable(&error))?;
        let key = found.ok_or_else(|| key_error(&KeyError::NotFound))?;
        Ok(GetKeyOutput::new(key_view(key, did, self.keys.now())).into())
    }
}
