//! A request id for each request, and one line in the log.

use std::time::Instant;

use actix_web::HttpMessage;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method as Verb;
use actix_web::http::header::{HeaderName, HeaderValue};
use tracing::Instrument;
use tracing::instrument::Instrumented;

use super::auth::VERIFY;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The method that was called, once it is known to be one of ours: what a client sends as a path
/// may hold a secret, and is not logged.
pub(super) struct MethodName(pub(super) &'static str);

/// The path as it stands in the routes.
pub(super) struct RouteName(pub(super) &'static str);

/// A request on its way.
pub(super) struct Trace {
    id: String,
    verb: Verb,
    begun: Instant,
    span: tracing::Span,
}

impl Trace {
    pub(super) fn begin(request: &ServiceRequest) -> Self {
        let id = request_id();
        Self {
            span: tracing::info_span!("request", id),
            id,
            verb: request.method().clone(),
            begun: Instant::now(),
        }
    }

    /// Whatever is logged meanwhile has the request's id.
    pub(super) fn follow<F>(&self, future: F) -> Instrumented<F> {
        future.instrument(self.span.clone())
    }

    pub(super) fn end(self, answer: &mut ServiceResponse<BoxBody>) {
        let _entered = self.span.enter();
        let inner = answer.request();
        let method = inner.extensions().get::<MethodName>().map(|name| name.0);
        let micros = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (verb, method) = (verb_name(&self.verb), method.unwrap_or("none"));
        let status = answer.status().as_u16();
        let route = inner.app_data::<RouteName>().map_or("none", |name| name.0);
        // A proxy asks for each request that it forwards, and has a log of its own.
        if route == VERIFY && status == 200 {
            tracing::debug!(verb, route, method, status, micros, "answered");
        } else {
            tracing::info!(verb, route, method, status, micros, "answered");
        }
        if let Ok(value) = HeaderValue::from_str(&self.id) {
            answer.headers_mut().insert(REQUEST_ID, value);
        }
    }
}

/// 128 random bits in hexadecimal digits.
fn request_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// A verb of HTTP; others are texts of the client's choice.
fn verb_name(verb: &Verb) -> &'static str {
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
