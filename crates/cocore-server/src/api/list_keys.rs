//! `listKeys`: lists the keys of the caller page by page, the newest first.

use cocore_keys::{KeyFilter, KeyStatus};
use cocore_lexicon::dev::cocore::apikey::list_keys::{ListKeys, ListKeysError, ListKeysOutput};
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use super::cursor;
use super::key_view::key_view;
use crate::errors::unavailable;
use crate::principal::Principal;

impl Handler<ListKeys, Principal> for Api {
    async fn handle(
        &self,
        request: Request<ListKeys, Principal>,
    ) -> Result<Response<ListKeysOutput>, HandlerError<ListKeysError>> {
        let (params, did) = (&request.params, &request.caller.did);
        let now = self.keys.now();
        let after = params.cursor.as_deref().map(cursor::key).transpose()?;
        let status = match params.status.as_deref().map(KeyStatus::parse) {
            // No key is in a state of another name.
            Some(None) => return Ok(ListKeysOutput::new(Vec::new()).into()),
            status => status.flatten().map(|status| (status, now)),
        };
        let filter = KeyFilter {
            status,
            text: params.q.clone(),
        };
        // The schema bounds it.
        let limit = u16::try_from(params.limit).unwrap_or(1);
        let page = self.keys.page(did.as_str(), filter, after, limit + 1).await;
        let mut keys = page.map_err(|error| unavailable(&error))?;
        let next = cursor::next(&mut keys, limit, cursor::of_key);
        let views = keys.into_iter().map(|key| key_view(key, did, now));
        let mut output = ListKeysOutput::new(views.collect());
        output.cursor = next;
        Ok(output.into())
    }
}
