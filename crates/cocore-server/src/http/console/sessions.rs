//! Signing out, in this browser and in others.

use actix_web::http::header::SET_COOKIE;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use cocore_store::Session;
use lexicon_runtime::ErrorBody;
use serde::Deserialize;
use serde_json::json;

use super::state::ConsoleState;
use crate::errors::unavailable;
use crate::http::api_error::{ApiError, no_store_response};
use crate::http::{body, head};

/// The sessions to end: one by its id, or all.
#[derive(Deserialize)]
struct EndSessions {
    id: Option<String>,
    #[serde(default)]
    all: bool,
}

/// Answers `/console/end-sessions`: ends sessions of the account, and reports how many.
pub(super) async fn end(
    request: HttpRequest,
    payload: Payload,
    console: Data<ConsoleState>,
) -> Result<HttpResponse, ApiError> {
    let session = signed_in(&request, &console).await?;
    let bytes = body::read(request.headers(), payload, "application/json").await?;
    let selection: EndSessions = serde_json::from_slice(&bytes)
        .map_err(|_| ApiError::new("InvalidRequest", "expected `id`, or `all`"))?;
    let id = match (&selection.id, selection.all) {
        (Some(id), false) => Some(&id[..]),
        (None, true) => None,
        _ => return Err(ApiError::new("InvalidRequest", "expected `id`, or `all`")),
    };
    let ended = console.browser.sessions.end(&session.did, id).await;
    let ended = ended.map_err(|error| unavailable(&error))?;
    if let Some(sign_in) = &console.sign_in {
        sign_in.sign_out_without_sessions(&console.browser.sessions, &session.did);
    }
    Ok(no_store_response(
        None,
        json!({ "ended": ended }).to_string().into_bytes(),
    ))
}

/// Answers `/console/sign-out`: ends the session of this browser.
pub(super) async fn sign_out(
    request: HttpRequest,
    console: Data<ConsoleState>,
) -> Result<HttpResponse, ApiError> {
    let session = signed_in(&request, &console).await?;
    let ended = console
        .browser
        .sessions
        .end(&session.did, Some(&session.id))
        .await;
    let ended = ended.map_err(|error| unavailable(&error))?;
    if let Some(sign_in) = &console.sign_in {
        sign_in.sign_out_without_sessions(&console.browser.sessions, &session.did);
    }
    let mut answer = no_store_response(None, json!({ "ended": ended }).to_string().into_bytes());
    if let Ok(cookie) = console.browser.cookies.remove_session().parse() {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(answer)
}

async fn signed_in(request: &HttpRequest, console: &ConsoleState) -> Result<Session, ApiError> {
    let headers = head::headers(request);
    let session = console.browser.session(&headers).await?;
    let none = || {
        ErrorBody::new(
            "AuthRequired",
            Some("this browser is not signed in".to_owned()),
        )
    };
    let session = session.ok_or_else(none)?;
    console.browser.check_json_request(&headers)?;
    Ok(session)
}
