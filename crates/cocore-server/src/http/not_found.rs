//! Requests for which there is no route.

use actix_web::http::StatusCode;
use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use xrpc_server::XrpcError;

use super::api_error::ApiError;
use super::console::html::message_page;
use super::response_headers::allow_any_origin;

/// Answers a path that has no route: JSON for programs, a page for people.
pub(super) async fn not_found(request: HttpRequest) -> HttpResponse {
    let accept = request
        .headers()
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    let mut answer = if accept.is_some_and(|accept| accept.contains("text/html")) {
        let text = "There is no page at this address.";
        message_page(StatusCode::NOT_FOUND, "Not found", text)
    } else {
        let message = "there is no route for this path: the methods are below /xrpc/";
        ApiError::from(XrpcError::not_found(message)).error_response()
    };
    allow_any_origin(answer.headers_mut());
    answer
}
