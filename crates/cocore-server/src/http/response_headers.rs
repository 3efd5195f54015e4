//! Headers of answers: what browsers may do with them.

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

type Header = (HeaderName, HeaderValue);

const fn header(name: &'static str, value: &'static str) -> Header {
    (
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}

/// Marks routes whose answers pages of any site may read.
pub(super) struct CrossOrigin;

/// Cookies are not allowed, so no other site can use one. Source: the Fetch standard, section 3.2.
const CROSS_ORIGIN: [Header; 2] = [
    header("access-control-allow-origin", "*"),
    header(
        "access-control-expose-headers",
        xrpc_server::EXPOSED_HEADERS,
    ),
];
/// Browsers guess no content types.
const ALWAYS: [Header; 1] = [header("x-content-type-options", "nosniff")];
/// Browsers show no page in a frame, send no referrer to other sites, and run nothing inline.
const OF_DOCUMENTS: [Header; 4] = [
    header("x-frame-options", "DENY"),
    header("referrer-policy", "no-referrer"),
    header("cross-origin-opener-policy", "same-origin"),
    header(
        "content-security-policy",
        cocore_console::CONTENT_SECURITY_POLICY,
    ),
];
const HTTPS_ONLY: [Header; 1] = [header("strict-transport-security", "max-age=63072000")];

pub(super) fn add(answer: &mut ServiceResponse<BoxBody>, is_https: bool) {
    let request = answer.request();
    let is_cross_origin = request.app_data::<CrossOrigin>().is_some();
    let headers = answer.headers_mut();
    insert(headers, ALWAYS);
    if !is_data(headers) {
        insert(headers, OF_DOCUMENTS);
    }
    if is_cross_origin {
        allow_any_origin(headers);
    }
    if is_https {
        insert(headers, HTTPS_ONLY);
    }
}

/// Whether an answer is for programs: no browser makes a document of it that could do anything.
fn is_data(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let kind = kind.and_then(|kind| kind.split(|byte| *byte == b';').next());
    matches!(kind, Some(b"application/json" | b"text/event-stream"))
}

/// Lets pages of any site read an answer.
pub(super) fn allow_any_origin(headers: &mut HeaderMap) {
    insert(headers, CROSS_ORIGIN);
}

/// Adds the headers that the answer itself did not set.
fn insert<const N: usize>(headers: &mut HeaderMap, list: [Header; N]) {
    for (name, value) in list {
        if !headers.contains_key(&name) {
            headers.insert(name, value);
        }
    }
}
