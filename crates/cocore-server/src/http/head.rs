//! Converts the head of a request: actix has types of its own for it.

use actix_web::HttpRequest;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The headers of a request.
pub(super) fn headers(request: &HttpRequest) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(request.headers().len());
    for (name, value) in request.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}
