//! The headers of `http`, for actix, which has types of its own.

use actix_web::HttpResponseBuilder;
use actix_web::http::header::{HeaderName, HeaderValue};
use http::HeaderMap;

/// Adds headers to an answer.
pub(super) fn append(answer: &mut HttpResponseBuilder, headers: &HeaderMap) {
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            answer.append_header((name, value));
        }
    }
}
