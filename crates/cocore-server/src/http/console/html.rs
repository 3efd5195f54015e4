//! Pages as answers, and redirects to them.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use actix_web::{HttpResponse, ResponseError};
use cocore_console::Message;
use xrpc_server::XrpcError;

use crate::http::api_error::ApiError;

/// The text and the target of the link to the home page.
const HOME: (&str, &str) = ("Home", "/");

/// A page as an answer, which no cache may store: it is about one person.
pub(super) fn html(
    status: StatusCode,
    page: Result<String, cocore_console::Error>,
) -> HttpResponse {
    match page {
        Ok(text) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(text),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            ApiError::from(XrpcError::internal(error)).error_response()
        }
    }
}

/// Sends the browser to a page, with the cookies that it sets or removes.
pub(super) fn see_other(page: &str, cookies: impl IntoIterator<Item = String>) -> HttpResponse {
    let mut answer = HttpResponse::SeeOther();
    answer
        .insert_header((LOCATION, page))
        .insert_header((CACHE_CONTROL, "no-store"));
    for cookie in cookies {
        answer.append_header((SET_COOKIE, cookie));
    }
    answer.finish()
}

/// A page with a message, and a link to the home page.
pub(in crate::http) fn message_page(status: StatusCode, title: &str, text: &str) -> HttpResponse {
    message_with_link(status, title, text, HOME)
}

fn message_with_link(
    status: StatusCode,
    title: &str,
    text: &str,
    (label, target): (&str, &str),
) -> HttpResponse {
    let page = Message {
        title: title.to_owned(),
        text: text.to_owned(),
        link: Some((label.to_owned(), target.to_owned())),
    };
    html(status, page.render())
}

/// The page for an error that a method would answer with.
pub(super) fn error_page(error: XrpcError) -> HttpResponse {
    let text = error.body().message.clone().unwrap_or_default();
    let status = ApiError::from(error).status_code();
    let (title, link) = match status {
        StatusCode::FORBIDDEN => ("Not allowed", HOME),
        // An empty URL is the page's own, with its query.
        StatusCode::SERVICE_UNAVAILABLE => ("Temporarily unavailable", ("Try again", "")),
        _ => ("The request failed", HOME),
    };
    message_with_link(status, title, &text, link)
}
