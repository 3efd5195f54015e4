//! The pages of sessions, of documentation, and for signing in; and who may see the others.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use cocore_console::{Documentation, PageHeader, SessionRow, Sessions, SignIn};
use cocore_store::Session;

use super::html::{error_page, html};
use super::state::ConsoleState;
use crate::connections::registry::Connection;
use crate::errors::unavailable;
use crate::http::access_log::record_session;
use crate::login_link::LOCAL_ACCOUNT;
use crate::record_proxy::RecordProxy;

/// Returns the session of a browser, or the answer for one that is not signed in.
pub(super) async fn signed_in(
    request: &HttpRequest,
    console: &ConsoleState,
) -> Result<Session, HttpResponse> {
    if let Some(redirect) = console.redirect_to_loopback(request) {
        return Err(redirect);
    }
    let headers = xrpc_actix::head(request).headers;
    let signed_in = match console.browser.session(&headers).await {
        Err(error) => return Err(error_page(error)),
        Ok(None) => return Err(sign_in_page(console, StatusCode::OK, None, "")),
        Ok(Some(signed_in)) => signed_in,
    };
    record_session(request, &signed_in);
    if let Some(connection) = request.conn_data::<Connection>() {
        connection.set_authenticated();
    }
    Ok(signed_in.session)
}

/// Answers `/sessions`.
pub(super) async fn sessions(request: HttpRequest, console: Data<ConsoleState>) -> HttpResponse {
    let own = match signed_in(&request, &console).await {
        Ok(session) => session,
        Err(answer) => return answer,
    };
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
    let sessions = rows.collect();
    let page = Sessions {
        header: header(&console, own),
        sessions,
    };
    html(StatusCode::OK, page.render())
}

/// Answers `/documentation`, with or without a session.
pub(super) async fn documentation(console: Data<ConsoleState>) -> HttpResponse {
    let unknown = || "https://keys.example.com".to_owned();
    let page = Documentation {
        origin: origin(&console).unwrap_or_else(unknown),
        model: console.gateway.any_model(),
        collection: console.record_proxy.as_deref().and_then(collection),
    };
    html(StatusCode::OK, page.render())
}

/// A collection that the record proxy may write.
fn collection(proxy: &RecordProxy) -> Option<String> {
    let mut permissions = proxy.settings().permissions().iter();
    let listed = permissions.find_map(|permission| permission.as_repo()?.collections().listed());
    listed?.first().map(ToString::to_string)
}

/// Where browsers reach the server, if it is known.
pub(super) fn origin(console: &ConsoleState) -> Option<String> {
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

/// The header of the pages of a session.
pub(super) fn header(console: &ConsoleState, session: Session) -> PageHeader {
    PageHeader {
        local: session.did == LOCAL_ACCOUNT,
        account: session.did,
        handle: session.handle,
        has_inference: console.gateway.is_on(),
        has_records: console.record_proxy.is_some(),
    }
}
