//! The page of a key.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use cocore_console::{EventRow, KeyPage, Limits, Relatives, ScopeRow, Usage};
use cocore_keys::{Event, EventCredential, EventKind, Key, Models, StoreError};
use cocore_store::Session;

use super::browser_name::browser_name;
use super::html::{error_page, html, message_page};
use super::key_link::{key_link, link};
use super::key_list::key_row;
use super::limits::limits;
use super::lineage::descendants;
use super::pages::{header, origin, signed_in};
use super::purposes::purposes;
use super::scope_words::words;
use super::state::ConsoleState;
use super::usage::usage;
use crate::account_keys::account_keys;
use crate::api::cursor;
use crate::connections::registry::Connection;
use crate::errors::unavailable;

/// The most events of a page.
const PAGE_SIZE: u16 = 20;

/// Answers `/keys/ID`. A key of another account is answered like one that does not exist.
pub(super) async fn key(
    request: HttpRequest,
    id: Path<String>,
    console: Data<ConsoleState>,
) -> HttpResponse {
    let session = match signed_in(&request, &console).await {
        Ok(session) => session,
        Err(answer) => return answer,
    };
    let key = match console.keys.find(&session.did, &id).await {
        Err(error) => return error_page(unavailable(&error)),
        Ok(None) => {
            let text = "This account has no key with this id. It may have been deleted.";
            return message_page(StatusCode::NOT_FOUND, "Not found", text);
        }
        Ok(Some(key)) => key,
    };
    let connection = request.conn_data::<Connection>();
    let keys = account_keys(&console.keys, &session.did, &console.lists, connection).await;
    let keys = match keys {
        Err(error) => return error_page(error),
        Ok(keys) => keys,
    };
    let events = match events(&console, &session.did, &key.id, request.query_string()).await {
        Err(error) => return error_page(unavailable(&error)),
        Ok(events) => events,
    };
    let calls = match calls(&console, &session.did, &key.id, &keys).await {
        Err(error) => return error_page(unavailable(&error)),
        Ok(calls) => calls,
    };
    html(
        StatusCode::OK,
        page(&console, session, &key, &keys, events, calls).render(),
    )
}

/// What the calls of a key have cost and may cost. `None`: the page does not speak of it, since the server does not
/// pass calls on, and there is nothing to show.
struct Calls {
    usage: Option<Usage>,
    limits: Option<Limits>,
}

async fn calls(
    console: &ConsoleState,
    did: &str,
    id: &str,
    keys: &[Key],
) -> Result<Calls, StoreError> {
    let is_on = console.gateway.is_on();
    let usage = usage(console, did, Some(id)).await?;
    let limits = limits(console, did, Some(id), keys).await?;
    Ok(Calls {
        usage: Some(usage).filter(|usage| is_on || !usage.is_empty()),
        limits: Some(limits).filter(|limits| is_on || !limits.is_empty()),
    })
}

/// A page of events.
struct Events {
    events: Vec<Event>,
    is_older: bool,
    older: Option<String>,
}

/// Returns the events of a key, from the cursor in the address on. An unknown cursor counts as absent.
async fn events(
    console: &ConsoleState,
    did: &str,
    id: &str,
    query: &str,
) -> Result<Events, StoreError> {
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    let before = parameters.find(|(name, _)| name == "events");
    let before = before.and_then(|(_, text)| cursor::event(&text).ok());
    let page = console.keys.events(did, Some(id), before, PAGE_SIZE + 1);
    let mut stored = page.await?;
    let older = cursor::next(&mut stored, PAGE_SIZE, cursor::of_event);
    Ok(Events {
        events: stored.into_iter().map(|stored| stored.event).collect(),
        is_older: before.is_some(),
        older,
    })
}

fn page(
    console: &ConsoleState,
    session: Session,
    key: &Key,
    keys: &[Key],
    events: Events,
    calls: Calls,
) -> KeyPage {
    let now = console.clock.now();
    let link = |id: &String| link(id, keys, now);
    let links = |keys: Vec<&Key>| keys.into_iter().map(|key| key_link(key, now)).collect();
    let found = descendants(keys, &key.id);
    let relatives = Relatives {
        parent: key.parent.as_ref().map(link),
        replaces: key.replaces.as_ref().map(link),
        replaced_by: key.replaced_by.as_ref().map(link),
        descendants: links(found.certain),
        possible: links(found.possible),
    };
    let did = console.identity.as_ref().map(|identity| &identity.did[..]);
    let scopes = key.access.scopes().map(|scopes| {
        let rows = scopes.permissions().iter().map(|permission| ScopeRow {
            words: words(permission, did),
            scope: permission.to_string(),
        });
        rows.collect()
    });
    let event_row = |event: Event| EventRow {
        by_key: event.by_key.as_ref().map(link),
        ..event_row(event)
    };
    KeyPage {
        header: header(console, session),
        now,
        origin: origin(console).unwrap_or_default(),
        key: key_row(key),
        note: key.note.clone(),
        scopes,
        models: key.access.models().map(Models::names).map(<[_]>::to_vec),
        changeable: key.is_changeable(now),
        usage: calls.usage,
        limits: calls.limits,
        relatives,
        events: events.events.into_iter().map(event_row).collect(),
        is_older: events.is_older,
        older: events.older,
        purposes: purposes(
            console.identity.as_deref(),
            console.gateway.is_on(),
            console.record_proxy.as_deref(),
        ),
        model: console.gateway.any_model(),
    }
}

/// An event for people, without the key that it was done with.
fn event_row(event: Event) -> EventRow {
    let origin = event.origin;
    EventRow {
        at: event.at,
        what: match event.kind {
            EventKind::Created => "Created",
            EventKind::Updated => "Changed",
            EventKind::Limited => "Limits changed",
            EventKind::Rotated => "Rotated",
            EventKind::Revoked => "Revoked",
            EventKind::Deleted => "Deleted",
        },
        by: match event.credential {
            EventCredential::ApiKey => "the key",
            EventCredential::Session => "a session of the console",
            EventCredential::ServiceAuth => "a service-auth token",
            EventCredential::Operator => "the operator of the server",
        },
        by_key: None,
        address: origin.address,
        program: origin.user_agent.as_deref().map(browser_name),
        request_id: origin.request_id,
    }
}
