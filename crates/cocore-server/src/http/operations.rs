//! What operators and other services ask of a server: whether it runs, whether it works, and its DID
//! document. Anyone may ask, so no answer causes work of the database or shows more than fixed words.

use actix_web::dev::HttpServiceFactory;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpResponse, ResponseError};
use cocore_gateway::Worker;
use cocore_keys::Reason;
use serde::Serialize;
use xrpc_server::XrpcError;

use super::access_log::{HEALTH, LIVE, READY, READY_TO_CHECK};
use super::api_error::ApiError;
use super::response_headers::CrossOrigin;
use super::route::{READ, get, resource};
use crate::errors::RETRY_DELAY;
use crate::readiness::{Check, ReadinessMonitor, Report};
use crate::service_identity::ServiceIdentity;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Registers the routes but for `_health`.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(LIVE, READ).route(get().to(live)))
        .service(resource(READY, READ).route(get().to(ready)))
        .service(resource(READY_TO_CHECK, READ).route(get().to(ready_to_check)))
        .service(
            resource("/.well-known/did.json", READ)
                .app_data(CrossOrigin)
                .route(get().to(did_document)),
        );
}

/// The route of `_health`, relative to the root of the methods.
pub(super) fn health() -> impl HttpServiceFactory + 'static {
    resource(HEALTH, READ).route(get().to(short))
}

#[derive(Serialize)]
struct Alive {
    version: &'static str,
}

/// The answer of `/readyz`.
#[derive(Serialize)]
struct Ready<D> {
    version: &'static str,
    ready: bool,
    #[serde(flatten)]
    report: Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<D>,
}

/// Answers `/livez`: the process runs. A supervisor restarts a process that does not answer.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(Alive { version: VERSION })
}

/// Answers `/readyz`: the server can verify and change keys, or which of the two it cannot, and why.
async fn ready(readiness: Data<ReadinessMonitor>) -> HttpResponse {
    let report = readiness.report();
    answer(report.ready(), report)
}

/// Answers `/readyz/checks`: the server can verify keys, whether or not it can change them.
async fn ready_to_check(readiness: Data<ReadinessMonitor>) -> HttpResponse {
    let report = readiness.report();
    let Check(checks) = report.checks;
    answer(checks, report)
}

fn answer(ready: Result<(), Reason>, report: Report) -> HttpResponse {
    answer_with(ready, report, None::<()>)
}

/// Answers a probe, with details for operators.
pub(super) fn answer_with(
    ready: Result<(), Reason>,
    report: Report,
    details: Option<impl Serialize>,
) -> HttpResponse {
    let body = Ready {
        version: VERSION,
        ready: ready.is_ok(),
        report,
        details,
    };
    let mut answer = match ready {
        Ok(()) => HttpResponse::Ok(),
        Err(_) => HttpResponse::build(StatusCode::SERVICE_UNAVAILABLE),
    };
    if ready.is_err() {
        answer.insert_header((RETRY_AFTER, RETRY_DELAY.as_secs()));
    }
    answer.insert_header((CACHE_CONTROL, "no-store")).json(body)
}

/// Answers `_health`, where the network's own tools look: the same as `/readyz`, without its parts.
pub(super) async fn short(readiness: Data<ReadinessMonitor>) -> HttpResponse {
    match readiness.report().ready() {
        Ok(()) => HttpResponse::Ok().json(Alive { version: VERSION }),
        Err(reason) => {
            let error = XrpcError::service_unavailable(RETRY_DELAY, reason);
            ApiError::from(error).error_response()
        }
    }
}

/// Answers `/.well-known/did.json`.
async fn did_document(
    identity: Option<Data<ServiceIdentity>>,
    worker: Data<Worker>,
) -> Result<HttpResponse, ApiError> {
    match identity {
        Some(identity) => {
            let has_inference = worker.check_is_on().is_ok();
            Ok(HttpResponse::Ok().json(identity.did_document(has_inference)))
        }
        None => {
            let message = "this server has no public URL, and therefore no DID";
            Err(XrpcError::not_found(message).into())
        }
    }
}
