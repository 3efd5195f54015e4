//! Cross-origin requests: pages of any site may call the methods with a bearer credential.
//! Source: the Fetch standard, section 3.2.
//!
//! No answer allows credentials, so that no other site can ride on a cookie.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// The headers of an answer that pages of any site may read: the value of `Access-Control-Expose-Headers`, also
/// for routes of the application's own.
pub const EXPOSED_HEADERS: &str =
    "retry-after, www-authenticate, x-request-id, ratelimit, ratelimit-policy";
/// The headers that pages may always send: a star would not cover `Authorization`.
const ALWAYS_ALLOWED: [&str; 2] = ["Authorization", "Content-Type"];
/// The longest list of header names that a preflight's answer repeats, in bytes.
const MAX_REPEATED: usize = 1024;

/// Lets pages of any site read an answer.
pub(crate) fn allow_origin(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSED_HEADERS),
    );
}

/// Returns the headers of the answer to a preflight, for routes of the application's own that no cookie opens. `request` is
/// the preflight's headers.
pub fn preflight_headers(request: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    allow_origin(&mut headers);
    answer_preflight(request, &mut headers);
    headers
}

/// Adds the answer to a preflight: every header name that it asks for is allowed, since a client library
/// fails as a whole for one that is missing.
pub(crate) fn answer_preflight(request: &HeaderMap, headers: &mut HeaderMap) {
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, HEAD, POST"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    headers.insert(
        VARY,
        HeaderValue::from_static("Access-Control-Request-Headers"),
    );
    let allowed = allowed_names(request);
    if let Ok(value) = HeaderValue::from_str(&allowed) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, value);
    }
}

/// The names that are always allowed, and those of the preflight that are names by their grammar.
fn allowed_names(request: &HeaderMap) -> String {
    let mut names = ALWAYS_ALLOWED.join(", ");
    let values = request.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter();
    let asked = values
        .filter_map(|value| value.to_str().ok())
        .filter(|value| value.len() <= MAX_REPEATED)
        .flat_map(|value| value.split(','))
        .map(str::trim);
    for name in asked {
        let is_new = ALWAYS_ALLOWED
            .iter()
            .all(|known| !known.eq_ignore_ascii_case(name));
        if is_new
            && HeaderName::from_bytes(name.as_bytes()).is_ok()
            && names.len() + name.len() <= MAX_REPEATED
        {
            names.push_str(", ");
            names.push_str(name);
        }
    }
    names
}
