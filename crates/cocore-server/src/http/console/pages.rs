//! The pages: keys and sessions for people who are signed in, the sign-in page for everyone else.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use cocore_console::{Documentation, KeyRow, Keys, SessionRow, Sessions, SignIn};
use cocore_store::Session;

use super::html::{error_page, html};
use super::state::ConsoleState;
use crate::connections::registry::Connection;
use crate::errors::{too_many_lists, unavailable};
use crate::http::access_log::record_session;
use crate::login_link::LOCAL_ACCOUNT;

/// Answers `/`: the keys, or the sign-in page.
pub(super) async fn keys(request: HttpRequest, console: Data<ConsoleState>) -> HttpResponse {
    if let Some(redirect) = console.redirect_to_loopback(&request) {
        return redirect;
    }
    let signed_in = match console
        .browser
        .session(&xrpc_actix::head(&request).headers)
        .await
    {
        Err(error) => return error_page(error),
        Ok(None) => return sign_in_page(&console, StatusCode::OK, None, ""),
        Ok(Some(signed_in)) => signed_in,
    };
    record_session(&request, &signed_in);
    let session = signed_in.session;
    let Some(permit) = console.lists.permit(&session.did).await else {
        return error_page(too_many_lists());
    };
    if let Some(connection) = request.conn_data::<Connection>() {
        connection.set_authenticated();
        connection.hold_until_sent(permit);
    }
    let keys = match console.keys.list(&session.did).await {
        Err(error) => return error_page(unavailable(&error)),
        Ok(keys) => keys,
    };
    let rows = keys.into_iter().map(|key| KeyRow {
        id: key.id,
        name: key.name,
        prefix: key.prefix,
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        revoked_at: key.revoked_at,
    });
    let page = Keys {
        local: is_local(&session),
        account: session.did,
        handle: session.handle,
        now: console.clock.now(),
        keys: rows.collect(),
        origin: origin(&console).unwrap_or_default(),
    };
    html(StatusCode::OK, page.render())
}

/// Answers `/sessions`.
pub(super) async fn sessions(request: HttpRequest, console: Data<ConsoleState>) -> HttpResponse {
    if let Some(redirect) = console.redirect_to_loopback(&request) {
        return redirect;
    }
    let signed_in = match console
        .browser
        .session(&xrpc_actix::head(&request).headers)
        .await
    {
        Err(error) => return error_page(error),
        Ok(None) => return sign_in_page(&console, StatusCode::OK, None, ""),
        Ok(Some(signed_in)) => signed_in,
    };
    record_session(&request, &signed_in);
    let own = signed_in.session;
    let mut found = match console.browser.sessions.list(&own.did).await {
        Err(error) => return error_page(unavailable(&error)),
        Ok(found) => found,
    };
    found.sort_by_key(|session| session.id != own.id);
    let rows = found.into_iter().map(|session| SessionRow {
        current: session.id == own.id,
        id: session.id,
        browser: session.browser,
        address: session.address,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
    });
    let page = Sessions {
        local: is_local(&own),
        account: own.did,
        handle: own.handle,
        sessions: rows.collect(),
    };
    html(StatusCode::OK, page.render())
}

/// Answers `/documentation`, with or without a session.
pub(super) async fn documentation(console: Data<ConsoleState>) -> HttpResponse {
    let unknown = || "https://keys.example.com".to_owned();
    let page = Documentation {
        origin: origin(&console).unwrap_or_else(unknown),
    };
    html(StatusCode::OK, page.render())
}

/// Where browsers reach the server, if it is known.
fn origin(console: &ConsoleState) -> Option<String> {
    let identity = console.identity.as_ref();
    identity.map(|identity| identity.browser_origin.clone())
}

/// The sign-in page, with the error of the last attempt.
pub(super) fn sign_in_page(
    console: &ConsoleState,
    status: StatusCode,
    error: Option<String>,
    handle: &str,
) -> HttpResponse {
    let page = SignIn {
        error,
        handle: handle.to_owned(),
        handle_sign_in: console.handle_sign_in(),
        login_link_hint: console.accepts_login_links(),
    };
    html(status, page.render())
}

fn is_local(session: &Session) -> bool {
    session.did == LOCAL_ACCOUNT
}
