//! The page of the record proxy: what programs may do at the account's host, and the consent for it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use atproto_resolver::Did;
use cocore_console::{ConnectionView, Records, ScopeRow};
use cocore_keys::Permission;
use cocore_oauth::SignInError;
use cocore_store::Session;

use super::consent::{forward, not_completed};
use super::html::{error_page, html, message_page, see_other};
use super::pages::{header, signed_in};
use super::scope_words::words;
use super::state::ConsoleState;
use crate::http::not_found::not_found;
use crate::proxy_sessions::Connection;
use crate::record_proxy::{Disconnected, PAGE, RecordProxy, granted};

/// Answers `/records`.
pub(super) async fn records(request: HttpRequest, console: Data<ConsoleState>) -> HttpResponse {
    let Some(proxy) = &console.record_proxy else {
        return not_found(request).await;
    };
    let session = match signed_in(&request, &console).await {
        Ok(session) => session,
        Err(answer) => return answer,
    };
    match proxy.find(&session.did).await {
        Err(error) => error_page(error),
        Ok(connection) => html(
            StatusCode::OK,
            page(&console, proxy, session, connection).render(),
        ),
    }
}

fn page(
    console: &ConsoleState,
    proxy: &RecordProxy,
    session: Session,
    connection: Option<Connection>,
) -> Records {
    let row = |permission: &Permission| ScopeRow {
        words: words(permission, None),
        scope: permission.to_string(),
    };
    let asked = proxy.settings().permissions();
    let connection = connection.map(|connection| {
        let granted = granted(&connection.scope);
        let covers = |permission| {
            let granted = granted.as_ref();
            granted.is_some_and(|granted| granted.covers(permission))
        };
        let rows = granted.iter().flat_map(|granted| granted.permissions());
        ConnectionView {
            granted: rows.map(row).collect(),
            is_narrower: !asked.iter().all(covers),
            since: connection.created_at,
            last_used_at: connection.last_used_at,
        }
    });
    Records {
        header: header(console, session),
        asked: asked.iter().map(row).collect(),
        connection,
    }
}

/// Answers `/records/connect`: sends the person to their host, which asks for their consent.
pub(super) async fn connect(request: HttpRequest, console: Data<ConsoleState>) -> HttpResponse {
    let session = match form_of(&request, &console).await {
        Ok((_, session)) => session,
        Err(answer) => return answer,
    };
    let (Some(sign_in), Ok(did)) = (&console.sign_in, Did::parse(&session.did)) else {
        return not_found(request).await;
    };
    let address = xrpc_actix::head(&request).client_address(console.trusted_proxies);
    let begin = async || sign_in.get().await?.begin_connection(&did, address).await;
    match begin().await {
        Ok(begun) => forward(&console, begun),
        Err(error) => not_completed(&error),
    }
}

/// Answers `/records/disconnect`.
pub(super) async fn disconnect(request: HttpRequest, console: Data<ConsoleState>) -> HttpResponse {
    let (proxy, session) = match form_of(&request, &console).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    // To its end, even if the browser hangs up: the host is asked first, and then the tokens are removed.
    let did = session.did;
    let disconnect = actix_web::rt::spawn(async move { proxy.disconnect(&did).await });
    match disconnect.await {
        Ok(Ok(Disconnected::Revoked | Disconnected::NotConnected)) => see_other(PAGE, []),
        Ok(Ok(Disconnected::RemovedHere)) => {
            let text = "This server has removed its access. Your host did not confirm that it revoked it: look into its \
                        settings for the applications that are signed in.";
            message_page(StatusCode::OK, "Disconnected here", text)
        }
        Ok(Err(error)) => error_page(error),
        Err(_) => not_completed(&SignInError::Unavailable(
            "The server is shutting down.".to_owned(),
        )),
    }
}

/// Returns the session of a browser that sends a form of the page.
async fn form_of(
    request: &HttpRequest,
    console: &ConsoleState,
) -> Result<(Arc<RecordProxy>, Session), HttpResponse> {
    let Some(proxy) = &console.record_proxy else {
        return Err(not_found(request.clone()).await);
    };
    let headers = xrpc_actix::head(request).headers;
    console.browser.check_form(&headers).map_err(error_page)?;
    let session = signed_in(request, console).await?;
    Ok((proxy.clone(), session))
}
