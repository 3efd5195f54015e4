//! The ways in.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::{Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use cocore_console::Leave;
use cocore_oauth::{Callback, SignInError};
use lexicon_runtime::ErrorBody;
use serde::Deserialize;
use url::Url;

use super::pages::way_in;
use super::{Of, html, message, trouble};
use crate::http::answer::{self, Refusal};
use crate::local_link::LOCAL_ACCOUNT;
use crate::sign_in::SignIns;

#[derive(Deserialize)]
pub(super) struct Token {
    #[serde(default)]
    token: String,
}

/// Answers `/sign-in/local`: the operator's one-time link.
pub(super) async fn by_link(
    request: HttpRequest,
    console: Of,
    query: Query<Token>,
) -> HttpResponse {
    if let Some(elsewhere) = console.elsewhere(&request) {
        return elsewhere;
    }
    if !console.door.allowed.includes(LOCAL_ACCOUNT) {
        let text = "This server serves listed accounts, and did:web:localhost is none of them.";
        return message(StatusCode::FORBIDDEN, "Not allowed", text);
    }
    match &console.link {
        None => message(
            StatusCode::FORBIDDEN,
            "There is no such link here",
            "It is only for a server that was started on a terminal of this machine.",
        ),
        Some(link) if link.take(&query.token) => {
            let welcome = console
                .welcome(&request, LOCAL_ACCOUNT.to_owned(), None)
                .await;
            welcome.unwrap_or_else(trouble)
        }
        _ => message(
            StatusCode::FORBIDDEN,
            "This link does not work any more",
            "It works once, and for ten minutes. Start the server again to get a new one.",
        ),
    }
}

/// What is typed in the form.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    handle: String,
}

/// Answers `POST /sign-in`: on to the server where the person has their account.
pub(super) async fn begin(request: HttpRequest, console: Of, typed: Form<Typed>) -> HttpResponse {
    if let Err(error) = console.door.check_own_form(&request) {
        return trouble(error);
    }
    let Some(sign_in) = &console.sign_in else {
        return way_in(&console, StatusCode::NOT_FOUND, None, "");
    };
    let begin = async || {
        let _turn = sign_in.turn()?;
        sign_in.get().await?.begin(&typed.handle).await
    };
    let begun = match begin().await {
        Ok(begun) => begun,
        Err(error) => return refused(&console, &error, &typed.handle),
    };
    let host = Url::parse(&begun.url).ok();
    let host = host.and_then(|url| url.host_str().map(str::to_owned));
    let page = Leave {
        host: host.unwrap_or_default(),
        url: begun.url,
    };
    let mut answer = html(StatusCode::OK, page.render());
    if let Ok(cookie) = console.door.sign_in_cookie(&begun.state).parse() {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
    answer
}

/// Answers `/oauth/callback`: the person is back.
pub(super) async fn finish(
    request: HttpRequest,
    console: Of,
    callback: Query<Callback>,
) -> HttpResponse {
    let Some(sign_in) = &console.sign_in else {
        return way_in(&console, StatusCode::NOT_FOUND, None, "");
    };
    // Only the browser that began: or somebody could be signed in as somebody else.
    let begun = console.door.begun_sign_in(&request);
    if begun.is_none() || begun != callback.state.as_deref() {
        let text = "This sign-in was not begun in this browser, or is over. Sign in again.";
        return way_in(&console, StatusCode::FORBIDDEN, Some(text.to_owned()), "");
    }
    let signed_in = match to_the_end(sign_in.clone(), callback.into_inner()).await {
        Ok(signed_in) => signed_in,
        Err(error) => return refused(&console, &error, ""),
    };
    if !console.door.allowed.includes(&signed_in.did) {
        sign_in.forget_if_gone(&console.door.sessions, &signed_in.did);
        let text = "This server does not serve this account.";
        return way_in(&console, StatusCode::FORBIDDEN, Some(text.to_owned()), "");
    }
    let welcome = console
        .welcome(&request, signed_in.did, signed_in.handle)
        .await;
    welcome.unwrap_or_else(trouble)
}

/// Tokens are used once: a browser that hangs up must not lose those that are under way.
async fn to_the_end(
    sign_in: Arc<SignIns>,
    callback: Callback,
) -> Result<cocore_oauth::SignedIn, SignInError> {
    let done = actix_web::rt::spawn(async move {
        let _turn = sign_in.turn()?;
        sign_in.get().await?.finish(callback).await
    })
    .await;
    done.unwrap_or_else(|_| Err(SignInError::Unavailable("The server is ending.".to_owned())))
}

/// Answers `/oauth/client-metadata.json`.
pub(super) async fn client_metadata(console: Of) -> Result<HttpResponse, Refusal> {
    let sign_in = console.sign_in.as_ref().ok_or_else(no_sign_in)?;
    let sign_in = sign_in.get().await.map_err(not_now)?;
    Ok(answer::json(&sign_in.client_metadata()))
}

/// Answers `/oauth/jwks.json`.
pub(super) async fn jwks(console: Of) -> Result<HttpResponse, Refusal> {
    let sign_in = console.sign_in.as_ref().ok_or_else(no_sign_in)?;
    let sign_in = sign_in.get().await.map_err(not_now)?;
    Ok(answer::json(&sign_in.jwks()))
}

fn not_now(error: SignInError) -> Refusal {
    Refusal::new("ServiceUnavailable", &error.to_string())
}

fn no_sign_in() -> Refusal {
    let message = "this server has no public URL, and so no sign-in";
    ErrorBody::new("NotFound", Some(message.to_owned())).into()
}

/// The way in again, with what went wrong.
fn refused(console: &Of, error: &SignInError, handle: &str) -> HttpResponse {
    let status = match error {
        SignInError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    way_in(console, status, Some(error.to_string()), handle)
}
