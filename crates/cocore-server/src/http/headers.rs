//! Headers that every answer has: what browsers may do with it.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::XRPC_ROOTS;
use crate::door::Door;

/// For pages of any site that call a method with a bearer credential. There is no word of cookies, so
/// no other site can ride on one. Source: the Fetch standard, section 3.2.
const CROSS_ORIGIN: [(&str, &str); 2] = [
    ("access-control-allow-origin", "*"),
    (
        "access-control-expose-headers",
        "retry-after, www-authenticate, x-request-id",
    ),
];
const PREFLIGHT: [(&str, &str); 3] = [
    ("access-control-allow-methods", "GET, HEAD, POST"),
    // A star would not cover Authorization.
    (
        "access-control-allow-headers",
        "Authorization, Content-Type",
    ),
    ("access-control-max-age", "86400"),
];
/// Nothing is guessed, framed, or told to other sites; pages load what is theirs, and nothing inline.
const ALWAYS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    (
        "content-security-policy",
        cocore_console::CONTENT_SECURITY_POLICY,
    ),
];
const HTTPS_ONLY: (&str, &str) = ("strict-transport-security", "max-age=63072000");

pub(super) async fn add(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let is_preflight = request.method() == Method::OPTIONS;
    let door = request.app_data::<Data<Door>>();
    let https = door.is_some_and(|door| door.identity.as_ref().is_some_and(|i| i.is_https()));
    let mut answer = next.call(request).await?;
    // What was matched, for a path can be written in many ways.
    let pattern = answer.request().match_pattern().unwrap_or_default();
    let below = |root: &str| {
        pattern
            .strip_prefix(root)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let is_method = XRPC_ROOTS.into_iter().any(below);
    let headers = answer.headers_mut();
    insert(headers, &ALWAYS);
    if is_method {
        insert(headers, &CROSS_ORIGIN);
    }
    if is_method && is_preflight {
        insert(headers, &PREFLIGHT);
    }
    if https {
        insert(headers, &[HTTPS_ONLY]);
    }
    Ok(answer)
}

/// Adds what the answer itself did not say.
fn insert(headers: &mut HeaderMap, list: &[(&'static str, &'static str)]) {
    for (name, value) in list {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}
