//! `listApiKeys`: lists the keys of the caller, the newest first.
//!
//! A list may be large, and is in memory until the client has taken it. An account therefore has few of them
//! at once, and its other requests for one wait.

use cocore_lexicon::dev::cocore::account::list_api_keys::{
    ListApiKeys, ListApiKeysError, ListApiKeysOutput,
};
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use super::view::view;
use crate::connections::registry::Connection;
use crate::errors::{too_many_lists, unavailable};
use crate::principal::Principal;

impl Handler<ListApiKeys, Principal> for Api {
    async fn handle(
        &self,
        request: Request<ListApiKeys, Principal>,
    ) -> Result<Response<ListApiKeysOutput>, HandlerError<ListApiKeysError>> {
        let permit = self.lists.permit(request.caller.did.as_str()).await;
        let permit = permit.ok_or_else(too_many_lists)?;
        if let Some(connection) = request.head.extensions.get::<Connection>() {
            connection.hold_until_sent(permit);
        }
        let keys = self.keys.list(request.caller.did.as_str()).await;
        let keys = keys.map_err(|error| unavailable(&error))?;
        let views = keys
            .into_iter()
            .map(|key| view(key, &request.caller.did))
            .collect();
        Ok(ListApiKeysOutput::new(views).into())
    }
}
