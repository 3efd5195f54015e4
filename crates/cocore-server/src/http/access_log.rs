//! An id for each request, and a line in the log.

use std::time::Instant;

use actix_web::HttpMessage;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method as Verb;
use actix_web::http::header::{HeaderName, HeaderValue};
use tracing::Instrument;
use tracing::instrument::Instrumented;

use super::route::{MethodName, RouteName, VERIFY};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The log entry of a request that is being answered.
pub(super) struct RequestLog {
    id: String,
    verb: Verb,
    started: Instant,
    span: tracing::Span,
}

impl RequestLog {
    /// Starts the entry, under a new id.
    pub(super) fn begin(request: &ServiceRequest) -> Self {
        let id = request_id();
        Self {
            span: tracing::info_span!("request", id),
            id,
            verb: request.method().clone(),
            started: Instant::now(),
        }
    }

    /// Adds the request's id to whatever a future logs.
    pub(super) fn instrument<F>(&self, future: F) -> Instrumented<F> {
        future.instrument(self.span.clone())
    }

    /// Logs the answer, and adds the id to its headers.
    pub(super) fn finish(self, answer: &mut ServiceResponse<BoxBody>) {
        let _entered = self.span.enter();
        let inner = answer.request();
        let method = inner.extensions().get::<MethodName>().map(|name| name.0);
        let micros = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
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

/// The name of a standard verb; any other is a text of the client's choice, and is not logged.
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
