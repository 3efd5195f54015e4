//! Pages as answers.

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, ResponseError};
use cocore_console::Message;
use xrpc_server::XrpcError;

use crate::http::api_error::ApiError;

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

/// A page with a message, and a link to the home page.
pub(in crate::http) fn message_page(status: StatusCode, title: &str, text: &str) -> HttpResponse {
    let page = Message {
        title: title.to_owned(),
        text: text.to_owned(),
        link: Some(("Home".to_owned(), "/".to_owned())),
    };
    html(status, page.render())
}

/// The page for an error that a method would answer with.
pub(super) fn error_page(error: XrpcError) -> HttpResponse {
    let text = error.body().message.clone().unwrap_or_default();
    let status = ApiError::from(error).status_code();
    let title = match status {
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::SERVICE_UNAVAILABLE => "Temporarily unavailable",
        _ => "The request failed",
    };
    message_page(status, title, &text)
}
