//! `listEvents`: lists what was done to the keys of the caller, the newest first.

use cocore_lexicon::dev::cocore::apikey::list_events::{
    ListEvents, ListEventsError, ListEventsOutput,
};
use xrpc_server::{Handler, HandlerError, Request, Response};

use super::Api;
use super::cursor;
use super::event_view::event_view;
use crate::errors::unavailable;
use crate::principal::Principal;

impl Handler<ListEvents, Principal> for Api {
    async fn handle(
        &self,
        request: Request<ListEvents, Principal>,
    ) -> Result<Response<ListEventsOutput>, HandlerError<ListEventsError>> {
        let params = &request.params;
        let before = params.cursor.as_deref().map(cursor::event).transpose()?;
        let limit = u16::try_from(params.limit).unwrap_or(1);
        let did = request.caller.did.as_str();
        let page = self
            .keys
            .events(did, params.id.as_deref(), before, limit + 1)
            .await;
        let mut events = page.map_err(|error| unavailable(&error))?;
        let next = cursor::next(&mut events, limit, cursor::of_event);
        let views = events.into_iter().map(|stored| event_view(stored.event));
        let mut output = ListEventsOutput::new(views.collect());
        output.cursor = next;
        Ok(output.into())
    }
}
