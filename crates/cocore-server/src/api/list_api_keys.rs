//! `listApiKeys`: lists the keys of the caller, the newest first.

use cocore_lexicon::dev::cocore::account::list_api_keys::{
    ListApiKeys, ListApiKeysError, ListApiKeysOutput,
};
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use super::view::view;
use crate::account_keys::account_keys;
use crate::principal::Principal;

impl Handler<ListApiKeys, Principal> for Api {
    async fn handle(
        &self,
        request: Request<ListApiKeys, Principal>,
    ) -> Result<Response<ListApiKeysOutput>, HandlerError<ListApiKeysError>> {
        let (did, connection) = (&request.caller.did, request.head.extensions.get());
        let keys = account_keys(&self.keys, did.as_str(), &self.lists, connection).await?;
        let views = keys.into_iter().map(|key| view(key, did)).collect();
        Ok(ListApiKeysOutput::new(views).into())
    }
}
