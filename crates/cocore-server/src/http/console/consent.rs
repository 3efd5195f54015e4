//! What sign-ins and connections share: the redirect to the server that hosts an account, and what fails there.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use cocore_console::Forward;
use cocore_oauth::{AuthorizationRequest, ErrorKind, SignInError};
use url::Url;

use super::html::{html, message_page};
use super::state::ConsoleState;

/// The page that forwards a browser to the server that hosts an account, and binds what has begun to that browser.
pub(super) fn forward(console: &ConsoleState, begun: AuthorizationRequest) -> HttpResponse {
    let host = Url::parse(&begun.url).ok();
    let host = host.and_then(|url| url.host_str().map(str::to_owned));
    let page = Forward {
        host: host.unwrap_or_default(),
        url: begun.url,
    };
    let mut answer = html(StatusCode::OK, page.render());
    if let Ok(cookie) = console
        .browser
        .cookies
        .set_sign_in_state(&begun.state)
        .parse()
    {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
    answer
}

/// The page for a person who is signed in, and has not given their consent at their host.
pub(super) fn not_completed(error: &SignInError) -> HttpResponse {
    let status = match error.kind() {
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    let text = match error.kind() {
        ErrorKind::Denied => "You declined. Nothing has changed.".to_owned(),
        _ => error.to_string(),
    };
    message_page(status, "Not completed", &text)
}
