//! Signing out, here and elsewhere.

use actix_web::http::header::SET_COOKIE;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use cocore_store::Session;
use lexicon_runtime::ErrorBody;
use serde::Deserialize;
use serde_json::json;

use super::Of;
use crate::api::unavailable;
use crate::http::answer::{Refusal, personal};
use crate::http::body;

/// Which sessions to end: one by its id, or all.
#[derive(Deserialize)]
struct Which {
    id: Option<String>,
    #[serde(default)]
    all: bool,
}

/// Answers `/console/end-sessions`: how many there were.
pub(super) async fn end(
    request: HttpRequest,
    payload: Payload,
    console: Of,
) -> Result<HttpResponse, Refusal> {
    let session = signed_in(&request, &console).await?;
    let bytes = body::read(request.headers(), payload, "application/json").await?;
    let which: Which = serde_json::from_slice(&bytes)
        .map_err(|_| Refusal::new("InvalidRequest", "expected `id`, or `all`"))?;
    let id = match (&which.id, which.all) {
        (Some(id), false) => Some(&id[..]),
        (None, true) => None,
        _ => return Err(Refusal::new("InvalidRequest", "expected `id`, or `all`")),
    };
    let ended = console.door.sessions.end(&session.did, id).await;
    let ended = ended.map_err(|error| unavailable(&error))?;
    if let Some(sign_in) = &console.sign_in {
        sign_in.forget_if_gone(&console.door.sessions, &session.did);
    }
    Ok(personal(
        None,
        json!({ "ended": ended }).to_string().into_bytes(),
    ))
}

/// Answers `/console/sign-out`: the session of this browser ends.
pub(super) async fn sign_out(request: HttpRequest, console: Of) -> Result<HttpResponse, Refusal> {
    let session = signed_in(&request, &console).await?;
    let ended = console
        .door
        .sessions
        .end(&session.did, Some(&session.id))
        .await;
    let ended = ended.map_err(|error| unavailable(&error))?;
    if let Some(sign_in) = &console.sign_in {
        sign_in.forget_if_gone(&console.door.sessions, &session.did);
    }
    let mut answer = personal(None, json!({ "ended": ended }).to_string().into_bytes());
    if let Ok(cookie) = console.door.no_cookie().parse() {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(answer)
}

async fn signed_in(request: &HttpRequest, console: &Of) -> Result<Session, Refusal> {
    let session = console.door.session(request).await?;
    let none = || ErrorBody::new("AuthRequired", Some("nobody is signed in here".to_owned()));
    let session = session.ok_or_else(none)?;
    console.door.check_same_site(request)?;
    Ok(session)
}
