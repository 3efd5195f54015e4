//! The list of the account's keys: a page of them, which the address selects.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use cocore_console::{KeyRow, Keys, KeysView};
use cocore_keys::{Key, KeyFilter, KeyStatus, StoreError};

use super::html::{error_page, html};
use super::pages::{header, origin, signed_in};
use super::purposes::purposes;
use super::search::{is_id, searchable};
use super::state::ConsoleState;
use crate::api::cursor;
use crate::errors::unavailable;

/// The most keys of a page.
const PAGE_SIZE: u16 = 50;

/// Answers `/`: a page of the keys, or the sign-in page.
pub(super) async fn keys(request: HttpRequest, console: Data<ConsoleState>) -> HttpResponse {
    let session = match signed_in(&request, &console).await {
        Ok(session) => session,
        Err(answer) => return answer,
    };
    let view = view(request.query_string());
    let page = match find(&console, &session.did, &view).await {
        Err(error) => return error_page(unavailable(&error)),
        Ok(page) => page,
    };
    let page = Keys {
        header: header(&console, session),
        now: console.clock.now(),
        view,
        keys: page.keys.iter().map(key_row).collect(),
        next: page.next,
        page_size: PAGE_SIZE,
        origin: origin(&console).unwrap_or_default(),
        purposes: purposes(
            console.identity.as_deref(),
            console.gateway.is_on(),
            console.record_proxy.as_deref(),
        ),
        model: console.gateway.any_model(),
    };
    html(StatusCode::OK, page.render())
}

/// A key as the list shows it.
pub(super) fn key_row(key: &Key) -> KeyRow {
    KeyRow {
        id: key.id.clone(),
        name: key.name.clone(),
        prefix: key.prefix.clone(),
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        revoked_at: key.revoked_at,
    }
}

/// Reads which keys an address selects. What is unknown counts as absent.
fn view(query: &str) -> KeysView {
    let first = |name: &str| {
        let mut parameters = url::form_urlencoded::parse(query.as_bytes());
        let found = parameters.find(|(found, _)| found == name);
        found.map_or_else(String::new, |(_, value)| value.into_owned())
    };
    let is_known = |status: &String| KeyStatus::parse(status).is_some();
    let is_cursor = |text: &String| cursor::key(text).is_ok();
    KeysView {
        text: searchable(&first("q")).to_owned(),
        status: Some(first("status")).filter(is_known).unwrap_or_default(),
        cursor: Some(first("cursor")).filter(is_cursor).unwrap_or_default(),
    }
}

/// A page of keys.
struct Page {
    keys: Vec<Key>,
    next: Option<String>,
}

async fn find(console: &ConsoleState, did: &str, view: &KeysView) -> Result<Page, StoreError> {
    let now = console.clock.now();
    let status = KeyStatus::parse(&view.status);
    if is_id(&view.text) {
        let found = console.keys.find(did, &view.text).await?;
        let is_wanted = |key: &Key| status.is_none_or(|status| key.status(now) == status);
        return Ok(Page {
            keys: found.into_iter().filter(is_wanted).collect(),
            next: None,
        });
    }
    let filter = KeyFilter {
        status: status.map(|status| (status, now)),
        text: Some(view.text.clone()).filter(|text| !text.is_empty()),
    };
    let after = cursor::key(&view.cursor).ok();
    let page = console.keys.page(did, filter, after, PAGE_SIZE + 1).await;
    let mut keys = page?;
    let next = cursor::next(&mut keys, PAGE_SIZE, cursor::of_key);
    Ok(Page { keys, next })
}
