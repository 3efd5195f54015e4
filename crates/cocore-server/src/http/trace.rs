//! A request id for each request, and one line in the log.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use tracing::Instrument;

use super::auth::VERIFY;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The method that was called, once it is known to be one of ours: what a client sends as a path
/// may hold a secret, and is not logged.
pub(super) struct MethodName(pub(super) &'static str);

pub(super) async fn trace(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = request_id();
    let verb = request.method().clone();
    let start = Instant::now();
    let span = tracing::info_span!("request", id);
    let mut answer = next.call(request).instrument(span.clone()).await?;
    let _entered = span.enter();
    let inner = answer.request();
    let method = inner.extensions().get::<MethodName>().map(|name| name.0);
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    let (verb, method) = (verb_name(&verb), method.unwrap_or("none"));
    let status = answer.status().as_u16();
    let pattern = inner.match_pattern();
    let route = pattern.as_deref().unwrap_or("none");
    // A proxy asks for each request that it forwards, and has a log of its own.
    if route.starts_with(VERIFY) && status == 200 {
        tracing::debug!(verb, route, method, status, micros, "answered");
    } else {
        tracing::info!(verb, route, method, status, micros, "answered");
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(REQUEST_ID, value);
    }
    Ok(answer)
}

/// 128 random bits in hexadecimal digits.
fn request_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// A verb of HTTP; others are texts of the client's choice.
fn verb_name(verb: &actix_web::http::Method) -> &'static str {
    match verb.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
