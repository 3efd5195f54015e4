//! `listApiKeys`: lists the keys of the caller, the newest first.
//!
//! A list may be large, and is in memory until the client has taken it. An account therefore has few large ones
//! at once, and its other requests for one wait.

use cocore_lexicon::dev::cocore::account::list_api_keys::{
    ListApiKeys, ListApiKeysError, ListApiKeysOutput,
};
use xrpc_server::{Handler, HandlerError, Request, Response};

use cocore_keys::Key;

use super::Api;
use super::view::view;
use crate::connections::registry::Connection;
use crate::errors::{too_many_lists, unavailable};
use crate::principal::Principal;

/// The most keys of a list that waits for no other.
const MAX_SHORT_LIST: u16 = 1000;

impl Handler<ListApiKeys, Principal> for Api {
    async fn handle(
        &self,
        request: Request<ListApiKeys, Principal>,
    ) -> Result<Response<ListApiKeysOutput>, HandlerError<ListApiKeysError>> {
        let short = self
            .keys
            .list_if_short(request.caller.did.as_str(), MAX_SHORT_LIST);
        let keys = match short.await.map_err(|error| unavailable(&error))? {
            Some(keys) => keys,
            None => self.long_list(&request).await?,
        };
        let views = keys
            .into_iter()
            .map(|key| view(key, &request.caller.did))
            .collect();
        Ok(ListApiKeysOutput::new(views).into())
    }
}

impl Api {
    async fn long_list(
        &self,
        request: &Request<ListApiKeys, Principal>,
    ) -> Result<Vec<Key>, HandlerError<ListApiKeysError>> {
        let did = request.caller.did.as_str();
        let permit = self.lists.permit(did).await;
        let permit = permit.ok_or_else(too_many_lists)?;
        if let Some(connection) = request.head.extensions.get::<Connection>() {
            connection.hold_until_sent(permit);
        }
        let keys = self.keys.list(did).await;
        keys.map_err(|error| unavailable(&error).into())
    }
}
