//! Traces of requests, sent over OTLP: a span for each request, with its verb, route, method, status and id.
//!
//! The variables of OpenTelemetry say where they are sent; without an endpoint among them nothing is traced. A span
//! holds nothing that a client wrote but the trace and span ids of its `traceparent`, and no account.
//!
//! Spans are made of what the access log knows of a request, not of `tracing`'s spans: those follow the levels of the
//! log, and events in them name accounts.

use std::env;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Span, SpanKind, Status, Tracer, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use crate::failure::Failure;

/// The name of the service, unless `OTEL_SERVICE_NAME` has another one.
const SERVICE: &str = "cocore-server";
/// The variables that name an endpoint. Without one, nothing is sent.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];
/// How long the last spans may take to be sent when the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);
const TRACEPARENT: &str = "traceparent";

/// Sends traces. Clones share the connection.
#[derive(Clone)]
pub struct Traces(Arc<Sender>);

struct Sender {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    propagator: TraceContextPropagator,
}

/// A request that is answered, or whose client has disconnected.
pub struct RequestSpan {
    /// The HTTP verb.
    pub verb: &'static str,
    /// The path as the server knows it.
    pub route: &'static str,
    /// The NSID of the method, if it is one of the service's.
    pub method: Option<&'static str>,
    /// The status.
    pub status: u16,
    /// The time from the head of the request to its answer.
    pub elapsed: Duration,
}

/// The request that the current task handles.
#[derive(Clone)]
struct CurrentRequest {
    traces: Traces,
    id: Arc<str>,
    /// The trace to which the client says that the request belongs.
    parent: Context,
}

tokio::task_local! {
    static CURRENT: CurrentRequest;
}

impl Traces {
    /// Starts sending as the variables of OpenTelemetry say. `None` if they name no endpoint, or disable it.
    ///
    /// # Errors
    /// One line: the variables are wrong, or TLS cannot be set up.
    pub fn from_environment() -> Result<Option<Self>, Failure> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let is_disabled = variable("OTEL_SDK_DISABLED")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
            || variable("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
        if is_disabled || ENDPOINTS.iter().all(|name| variable(name).is_none()) {
            return Ok(None);
        }
        // The client of the exporter takes the provider of the process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let exporter = SpanExporter::builder().with_http().build();
        let exporter = exporter
            .map_err(|error| Failure::new(format!("OTEL_EXPORTER_OTLP_ENDPOINT: {error}")))?;
        let mut resource = Resource::builder();
        if variable("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name(SERVICE);
        }
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.with_attribute(version).build())
            .with_batch_exporter(exporter)
            .build();
        Ok(Some(Self(Arc::new(Sender {
            tracer: provider.tracer(SERVICE),
            provider,
            propagator: TraceContextPropagator::new(),
        }))))
    }

    /// Handles a request with this id. `traceparent` is the header of this name, which names the trace to which the
    /// request belongs.
    pub async fn scope<T>(
        &self,
        id: Arc<str>,
        traceparent: Option<&str>,
        handled: impl Future<Output = T>,
    ) -> T {
        let Self(sender) = self;
        let parent = Traceparent(traceparent);
        let request = CurrentRequest {
            traces: self.clone(),
            id,
            // A span that is entered on this thread is no parent.
            parent: sender
                .propagator
                .extract_with_context(&Context::new(), &parent),
        };
        CURRENT.scope(request, handled).await
    }

    /// Sends the last spans. It blocks: an asynchronous task must not call it.
    pub fn shut_down(&self) {
        if let Err(error) = self.0.provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT) {
            tracing::warn!(%error, "the last traces cannot be sent");
        }
    }
}

/// Sends the span of the request that the current task handles, if requests are traced.
pub fn record(span: &RequestSpan) {
    let _ = CURRENT.try_with(|request| request.record(span));
}

impl CurrentRequest {
    fn record(&self, span: &RequestSpan) {
        let RequestSpan {
            verb,
            route,
            method,
            status,
            elapsed,
        } = *span;
        let Sender { tracer, .. } = &*self.traces.0;
        let ended = SystemTime::now();
        let started = ended.checked_sub(elapsed).unwrap_or(ended);
        let mut attributes = vec![
            KeyValue::new("http.request.method", verb),
            KeyValue::new("http.route", route),
            KeyValue::new("http.response.status_code", i64::from(status)),
            KeyValue::new("cocore.request_id", self.id.clone()),
        ];
        attributes.extend(method.map(|nsid| KeyValue::new("rpc.method", nsid)));
        let name = method.map_or_else(|| format!("{verb} {route}"), str::to_owned);
        let mut span = tracer
            .span_builder(name)
            .with_kind(SpanKind::Server)
            .with_start_time(started)
            .with_attributes(attributes)
            .start_with_context(tracer, &self.parent);
        if status >= 500 {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(ended);
    }
}

/// The one header of a request that belongs to its trace. The header `tracestate` is text of the client.
struct Traceparent<'r>(Option<&'r str>);

impl Extractor for Traceparent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.filter(|_| key.eq_ignore_ascii_case(TRACEPARENT))
    }

    fn keys(&self) -> Vec<&str> {
        self.0.map(|_| TRACEPARENT).into_iter().collect()
    }
}
