//! Signing in: with a login link, or with OAuth.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};
use atproto_resolver::Handle;
use cocore_console::HandleSignIn;
use cocore_oauth::{Callback, ErrorKind, SignInError, SignedIn};
use serde::Deserialize;
use xrpc_server::XrpcError;

use super::consent::{forward, not_completed};
use super::html::{error_page, html, message_page, see_other};
use super::pages::sign_in_page;
use super::state::ConsoleState;
use crate::errors::{RETRY_DELAY, unavailable};
use crate::http::api_error::ApiError;
use crate::record_proxy::{PAGE, RecordProxy};
use crate::sign_in::SignInService;

#[derive(Deserialize)]
pub(super) struct Token {
    #[serde(default)]
    token: String,
}

/// Answers `/sign-in/local`: a one-time link of the operator.
pub(super) async fn by_login_link(
    request: HttpRequest,
    console: Data<ConsoleState>,
    query: Query<Token>,
) -> HttpResponse {
    if let Some(redirect) = console.redirect_to_loopback(&request) {
        return redirect;
    }
    if !console.accepts_login_links() {
        let text =
            "A login link needs a server on a loopback address, or one with an https public URL.";
        return message_page(StatusCode::FORBIDDEN, "No login link", text);
    }
    if request.method() == Method::HEAD {
        // Programs that preview links send it: only a browser may use the link up.
        return html(StatusCode::OK, Ok(String::new()));
    }
    let did = match console.login_links.redeem(&query.token).await {
        Ok(Some(did)) => did,
        Ok(None) => {
            let text = "A login link works once, within ten minutes. The command `cocore-server link` prints a new one.";
            return message_page(
                StatusCode::FORBIDDEN,
                "This link has expired or was used",
                text,
            );
        }
        Err(error) => return error_page(unavailable(&error)),
    };
    if !console.allowed.includes(&did) {
        let text = format!(
            "This server serves only the accounts on its list, and {did} is not one of them."
        );
        return message_page(StatusCode::FORBIDDEN, "Not allowed", &text);
    }
    let started = console.start_session(&request, did, None).await;
    started.unwrap_or_else(error_page)
}

/// The sign-in form.
#[derive(Deserialize)]
pub(super) struct SignInForm {
    #[serde(default)]
    handle: String,
}

/// Answers `POST /sign-in`: sends the person to the server that hosts their account.
pub(super) async fn begin(
    request: HttpRequest,
    console: Data<ConsoleState>,
    form: Form<SignInForm>,
) -> HttpResponse {
    let head = xrpc_actix::head(&request);
    if let Err(error) = console.browser.check_form(&head.headers) {
        return error_page(error);
    }
    let Some(sign_in) = &console.sign_in else {
        return sign_in_page(&console, StatusCode::NOT_FOUND, None, "");
    };
    let address = head.client_address(console.trusted_proxies);
    let begin = async || sign_in.get().await?.begin(&form.handle, address).await;
    let begun = match begin().await {
        Ok(begun) => begun,
        Err(error) => return failed(&console, &error, &form.handle),
    };
    forward(&console, begun)
}

/// Answers `/oauth/callback`: the person returns from that server.
pub(super) async fn finish(
    request: HttpRequest,
    console: Data<ConsoleState>,
    callback: Query<Callback>,
) -> HttpResponse {
    let Some(sign_in) = &console.sign_in else {
        return sign_in_page(&console, StatusCode::NOT_FOUND, None, "");
    };
    // Only the browser in which the sign-in began: otherwise one person could sign another one in.
    let head = xrpc_actix::head(&request);
    let begun = console.browser.cookies.sign_in_state(&head.headers);
    if begun.is_none() || begun != callback.state.as_deref() {
        let text = "This sign-in was not started in this browser, or has expired. Sign in again.";
        return sign_in_page(&console, StatusCode::FORBIDDEN, Some(text.to_owned()), "");
    }
    let address = head.client_address(console.trusted_proxies);
    // The one that connects the record proxy, if that is what was begun.
    let session = console.browser.session(&head.headers).await.ok().flatten();
    let session = session.map(|signed_in| signed_in.session.did);
    let is_signed_in = session.is_some();
    let completed = complete(
        sign_in.clone(),
        console.record_proxy.clone(),
        callback.into_inner(),
        session,
        address,
    );
    let signed_in = match completed.await {
        Ok(Completed::SignedIn(signed_in)) => signed_in,
        Ok(Completed::Connected(Ok(()))) => {
            return see_other(PAGE, [console.browser.cookies.remove_sign_in_state()]);
        }
        Ok(Completed::Connected(Err(error))) => return error_page(error),
        // A person who is signed in has begun a connection, not a sign-in.
        Err(error) if is_signed_in => return not_completed(&error),
        Err(error) => return failed(&console, &error, ""),
    };
    if !console.allowed.includes(signed_in.did.as_str()) {
        let text = "This server does not serve this account.";
        return sign_in_page(&console, StatusCode::FORBIDDEN, Some(text.to_owned()), "");
    }
    let handle = signed_in.handle.map(Handle::into_string);
    let started = console
        .start_session(&request, signed_in.did.into_string(), handle)
        .await;
    started.unwrap_or_else(error_page)
}

/// What was begun, and is completed.
enum Completed {
    SignedIn(SignedIn),
    Connected(Result<(), XrpcError>),
}

/// Completes a sign-in or a connection even if the browser hangs up: the code can be used only once, and the tokens have
/// to be revoked or stored.
async fn complete(
    sign_in: Arc<SignInService>,
    record_proxy: Option<Arc<RecordProxy>>,
    callback: Callback,
    session: Option<String>,
    address: Option<IpAddr>,
) -> Result<Completed, SignInError> {
    let finish = async move {
        let signed_in = sign_in.get().await?.finish(callback, address).await?;
        match (&signed_in.connection, record_proxy) {
            (Some(tokens), Some(proxy)) => {
                let connect = proxy.connect(session.as_deref(), &signed_in.did, tokens);
                Ok(Completed::Connected(connect.await))
            }
            _ => Ok(Completed::SignedIn(signed_in)),
        }
    };
    let done = actix_web::rt::spawn(finish).await;
    done.unwrap_or_else(|_| {
        Err(SignInError::Unavailable(
            "The server is shutting down.".to_owned(),
        ))
    })
}

/// Answers `/oauth/client-metadata.json`.
pub(super) async fn client_metadata(console: Data<ConsoleState>) -> Result<HttpResponse, ApiError> {
    let sign_in = console
        .sign_in
        .as_ref()
        .ok_or_else(|| no_sign_in(&console))?;
    let sign_in = sign_in.get().await.map_err(sign_in_unavailable)?;
    Ok(HttpResponse::Ok().json(sign_in.client_metadata()))
}

/// Answers `/oauth/jwks.json`.
pub(super) async fn jwks(console: Data<ConsoleState>) -> Result<HttpResponse, ApiError> {
    let sign_in = console
        .sign_in
        .as_ref()
        .ok_or_else(|| no_sign_in(&console))?;
    let sign_in = sign_in.get().await.map_err(sign_in_unavailable)?;
    Ok(HttpResponse::Ok().json(sign_in.jwks()))
}

fn sign_in_unavailable(error: SignInError) -> XrpcError {
    XrpcError::service_unavailable(RETRY_DELAY, error)
}

fn no_sign_in(console: &ConsoleState) -> XrpcError {
    XrpcError::not_found(match console.handle_sign_in() {
        HandleSignIn::NoEncryptionKey => {
            "this server has no encryption key, and therefore no sign-in"
        }
        HandleSignIn::NoPublicUrl | HandleSignIn::Available => {
            "this server has no public URL, and therefore no sign-in"
        }
    })
}

/// The sign-in page again, with the error.
fn failed(console: &ConsoleState, error: &SignInError, handle: &str) -> HttpResponse {
    let text = Some(error.to_string());
    if error.kind() != ErrorKind::Unavailable {
        return sign_in_page(console, StatusCode::BAD_REQUEST, text, handle);
    }
    let mut answer = sign_in_page(console, StatusCode::SERVICE_UNAVAILABLE, text, handle);
    let delay = HeaderValue::from(RETRY_DELAY.as_secs());
    answer.headers_mut().insert(RETRY_AFTER, delay);
    answer
}
