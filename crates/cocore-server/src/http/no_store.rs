//! Answers that no cache may store.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use serde::Serialize;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// JSON about one account.
pub(super) fn no_store_response(value: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, NO_STORE))
        .json(value)
}

/// An answer without a body.
pub(super) fn no_store_empty() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, NO_STORE))
        .finish()
}
