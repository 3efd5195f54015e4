//! The pages of somebody who is signed in, and the way in for everyone else.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, SecondsFormat, Utc};
use cocore_console::{KeyRow, Keys, SessionRow, Sessions, SignIn};
use cocore_store::Session;

use super::{Console, Of, html, trouble};
use crate::api::unavailable;
use crate::local_link::LOCAL_ACCOUNT;

/// Answers `/`: the keys, or the way in.
pub(super) async fn keys(request: HttpRequest, console: Of) -> HttpResponse {
    if let Some(elsewhere) = console.elsewhere(&request) {
        return elsewhere;
    }
    let session = match console.door.session(&request).await {
        Err(error) => return trouble(error),
        Ok(None) => return way_in(&console, StatusCode::OK, None, ""),
        Ok(Some(session)) => session,
    };
    let keys = match console.api.keys.list(&session.did).await {
        Err(error) => return trouble(unavailable(&error)),
        Ok(keys) => keys,
    };
    let rows = keys.into_iter().map(|key| KeyRow {
        id: key.id,
        name: key.name,
        prefix: key.prefix,
        created_at: text(key.created_at),
        expires_at: key.expires_at.map(text),
        last_used_at: key.last_used_at.map(text),
        revoked_at: key.revoked_at.map(text),
    });
    let identity = console.door.identity.as_ref();
    let page = Keys {
        local: is_local(&session),
        account: session.did,
        handle: session.handle,
        now_ms: console.door.clock.now().timestamp_millis(),
        keys: rows.collect(),
        origin: identity
            .map(|identity| identity.browser_origin.clone())
            .unwrap_or_default(),
    };
    html(StatusCode::OK, page.render())
}

/// Answers `/sessions`.
pub(super) async fn sessions(request: HttpRequest, console: Of) -> HttpResponse {
    if let Some(elsewhere) = console.elsewhere(&request) {
        return elsewhere;
    }
    let own = match console.door.session(&request).await {
        Err(error) => return trouble(error),
        Ok(None) => return way_in(&console, StatusCode::OK, None, ""),
        Ok(Some(session)) => session,
    };
    let mut found = match console.door.sessions.list(&own.did).await {
        Err(error) => return trouble(unavailable(&error)),
        Ok(found) => found,
    };
    found.sort_by_key(|session| session.id != own.id);
    let rows = found.into_iter().map(|session| SessionRow {
        current: session.id == own.id,
        id: session.id,
        browser: session.browser,
        address: session.address,
        created_at: text(session.created_at),
        last_seen_at: text(session.last_seen_at),
    });
    let page = Sessions {
        local: is_local(&own),
        account: own.did,
        handle: own.handle,
        sessions: rows.collect(),
    };
    html(StatusCode::OK, page.render())
}

/// The page on which one signs in, with what went wrong the last time.
pub(super) fn way_in(
    console: &Console,
    status: StatusCode,
    error: Option<String>,
    handle: &str,
) -> HttpResponse {
    let page = SignIn {
        error,
        handle: handle.to_owned(),
        can_sign_in: console.sign_in.is_some(),
        local_hint: console.link.is_some(),
    };
    html(status, page.render())
}

fn is_local(session: &Session) -> bool {
    session.did == LOCAL_ACCOUNT
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
