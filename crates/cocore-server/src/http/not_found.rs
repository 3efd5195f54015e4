//! Requests for which there is no route.

use actix_web::http::StatusCode;
use actix_web::http::header::ACCEPT;
use actix_web::{Either, HttpRequest, HttpResponse};
use xrpc_server::XrpcError;

use super::api_error::ApiError;
use super::console::html::message_page;

/// Answers a path that has no route: JSON for programs, a page for people.
pub(super) async fn not_found(request: HttpRequest) -> Either<ApiError, HttpResponse> {
    let accept = request
        .headers()
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        let text = "There is no page at this address.";
        return Either::Right(message_page(StatusCode::NOT_FOUND, "Not found", text));
    }
    let message = "there is no route for this path: the methods are below /xrpc/";
    Either::Left(XrpcError::not_found(message).into())
}
