//! Signing out, in this browser and in others.

use actix_web::http::header::SET_COOKIE;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use cocore_store::Session;
use serde::{Deserialize, Serialize};
use xrpc_server::{HeaderMap, XrpcError, read_body};

use super::state::ConsoleState;
use crate::errors::unavailable;
use crate::http::access_log::record_session;
use crate::http::api_error::ApiError;
use crate::http::methods::{BODY_TIMEOUT, MAX_BODY};
use crate::http::no_store::no_store_response;

/// The sessions to sign out: one by its id, or all.
#[derive(Deserialize)]
struct EndSessions {
    id: Option<String>,
    #[serde(default)]
    all: bool,
}

/// How many sessions were signed out.
#[derive(Serialize)]
struct EndedSessions {
    ended: usize,
}

/// Answers `/console/end-sessions`: signs out one session of the account, or all of them.
pub(super) async fn end(
    request: HttpRequest,
    payload: Payload,
    console: Data<ConsoleState>,
) -> Result<HttpResponse, ApiError> {
    let head = xrpc_actix::head(&request);
    let session = signed_in(&request, &head.headers, &console).await?;
    let body = xrpc_actix::body(payload, BODY_TIMEOUT);
    let bytes = read_body(&head.headers, "application/json", MAX_BODY, body).await?;
    let invalid = || XrpcError::invalid_request("expected `id`, or `all`");
    let selection: EndSessions = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
    let id = match (&selection.id, selection.all) {
        (Some(id), false) => Some(&id[..]),
        (None, true) => None,
        _ => return Err(invalid().into()),
    };
    Ok(no_store_response(
        &end_sessions(&console, &session.did, id).await?,
    ))
}

/// Answers `/console/sign-out`: signs out this browser.
pub(super) async fn sign_out(
    request: HttpRequest,
    console: Data<ConsoleState>,
) -> Result<HttpResponse, ApiError> {
    let head = xrpc_actix::head(&request);
    let session = signed_in(&request, &head.headers, &console).await?;
    let ended = end_sessions(&console, &session.did, Some(&session.id)).await?;
    let mut answer = no_store_response(&ended);
    if let Ok(cookie) = console.browser.cookies.remove_session().parse() {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// Signs out one session of an account, or all of them.
async fn end_sessions(
    console: &ConsoleState,
    did: &str,
    id: Option<&str>,
) -> Result<EndedSessions, XrpcError> {
    let ended = console.browser.sessions.end(did, id).await;
    let ended = ended.map_err(|error| unavailable(&error))?;
    Ok(EndedSessions { ended })
}

async fn signed_in(
    request: &HttpRequest,
    headers: &HeaderMap,
    console: &ConsoleState,
) -> Result<Session, XrpcError> {
    let session = console.browser.session(headers).await?;
    let none = || XrpcError::auth_required("this browser is not signed in");
    let signed_in = session.ok_or_else(none)?;
    record_session(request, &signed_in);
    console.browser.check_json_request(headers)?;
    Ok(signed_in.session)
}
