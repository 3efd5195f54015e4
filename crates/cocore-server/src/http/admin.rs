//! The application on the admin listener: metrics for Prometheus, and probes with details. It has no credentials: the
//! network decides who reaches it.

use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, Error, HttpResponse};
use cocore_store::{QueueStatistics, Store};
use serde::Serialize;
use xrpc_server::XrpcError;

use super::access_log::{LIVE, METRICS, NO_ROUTE, READY, logged};
use super::api_error::ApiError;
use super::operations::{answer_with, live};
use super::request_id::RequestId;
use super::request_middleware;
use super::route::{READ, get, resource};
use crate::connections::registry::Registry;
use crate::state::AppState;
use crate::telemetry::{RequestMetrics, Scrape, Sources};

/// What the requests of the admin listener are answered with.
#[derive(Clone)]
pub struct AdminState {
    scrape: Scrape,
    started: Instant,
}

impl AdminState {
    /// Creates the state for a server whose requests are measured by `requests`, and whose clients have these
    /// connections.
    pub fn new(requests: RequestMetrics, state: &AppState, connections: Arc<Registry>) -> Self {
        let sources = Sources {
            keys: state.keys.clone(),
            store: state.store.clone(),
            readiness: state.readiness.clone(),
            authenticator: state.authenticator.clone(),
            sessions: state.console.browser.sessions.clone(),
            accounting: state.accounting.clone(),
            connections,
        };
        Self {
            scrape: Scrape { requests, sources },
            started: Instant::now(),
        }
    }
}

/// The application on the admin listener.
pub fn app(
    state: AdminState,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(Data::new(state))
        .wrap(from_fn(|request, next| {
            request_middleware(request, next, RequestId::random(), false)
        }))
        .service(resource(METRICS, READ).route(get().to(metrics)))
        .service(resource(LIVE, READ).route(get().to(live)))
        .service(resource(READY, READ).route(get().to(ready)))
        .default_service(logged(NO_ROUTE, web::to(not_found)))
}

/// Answers `/metrics`.
async fn metrics(state: Data<AdminState>) -> Result<HttpResponse, ApiError> {
    let text = state.scrape.text().await;
    let text = text.map_err(|error| XrpcError::internal(error.to_string()))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, prometheus::TEXT_FORMAT))
        .body(text))
}

/// What `/readyz` adds on the admin listener.
#[derive(Serialize)]
struct Details {
    uptime_seconds: u64,
    database: &'static str,
    keys: KeyDetails,
    /// When the last probe of the database ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    probed_seconds_ago: Option<f64>,
    queues: Vec<QueueDetails>,
    connections: ConnectionDetails,
}

#[derive(Serialize)]
struct KeyDetails {
    in_memory: usize,
    /// Whether keys are checked in memory.
    is_current: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease_remaining_seconds: Option<f64>,
}

#[derive(Serialize)]
struct QueueDetails {
    name: &'static str,
    depth: usize,
    capacity: usize,
}

#[derive(Serialize)]
struct ConnectionDetails {
    open: usize,
    limit: usize,
}

/// Answers `/readyz`: the same as for everyone, with details.
async fn ready(state: Data<AdminState>) -> HttpResponse {
    let AdminState { scrape, started } = &**state;
    let Sources {
        keys,
        store,
        readiness,
        connections,
        ..
    } = &scrape.sources;
    let lease = keys.current_for().filter(|_| store.is_shared());
    let details = Details {
        uptime_seconds: started.elapsed().as_secs(),
        database: if store.is_shared() {
            "postgres"
        } else {
            "sqlite"
        },
        keys: KeyDetails {
            in_memory: keys.count_in_memory(),
            is_current: keys.is_current(),
            lease_remaining_seconds: lease.map(|left| left.as_secs_f64()),
        },
        probed_seconds_ago: readiness.probed_ago().map(|ago| ago.as_secs_f64()),
        queues: queues(store),
        connections: ConnectionDetails {
            open: connections.count(),
            limit: connections.capacity(),
        },
    };
    let report = readiness.report();
    answer_with(report.ready(), report, Some(details))
}

fn queues(store: &Store) -> Vec<QueueDetails> {
    let queues = store.statistics().queues.into_iter();
    let details = queues.map(
        |QueueStatistics {
             name,
             depth,
             capacity,
             ..
         }| QueueDetails {
            name,
            depth,
            capacity,
        },
    );
    details.collect()
}

async fn not_found() -> ApiError {
    XrpcError::not_found("there is no route for this path: see /metrics, /livez and /readyz").into()
}
