//! `listApiKeys`: lists the keys of the caller, the newest first.

use cocore_lexicon::dev::cocore::account::list_api_keys::{
    ListApiKeys, ListApiKeysError, ListApiKeysOutput,
};
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use super::view::view;
use crate::errors::unavailable;
use crate::principal::Principal;

impl Handler<ListApiKeys, Principal> for Api {
    async fn handle(
        &self,
        request: Request<ListApiKeys, Principal>,
    ) -> Result<Response<ListApiKeysOutput>, HandlerError<ListApiKeysError>> {
        let keys = self.keys.list(request.caller.did.as_str()).await;
        let keys = keys.map_err(|error| unavailable(&error))?;
        let views = keys
            .into_iter()
            .map(|key| view(key, &request.caller.did))
            .collect();
        Ok(ListApiKeysOutput::new(views).into())
    }
}
