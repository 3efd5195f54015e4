//! The methods, mounted below `/xrpc` and, for older clients, below `/api/xrpc`.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest, Route, Scope, guard, web};
use cocore_lexicon::dev::cocore::proxy::create_record::CreateRecord;
use cocore_lexicon::dev::cocore::proxy::put_record::PutRecord;
use xrpc_server::{Authenticator, Head, Server, XrpcError};

use super::access_log::{AllMethods, MethodLog, logged};
use super::api_error::ApiError;
use super::request_id::RequestId;
use super::response_headers::CrossOrigin;
use crate::api::Api;
use crate::connections::registry::Connection;
use crate::principal::Principal;
use crate::rate_limits::RateReport;
use crate::telemetry::RequestMetrics;

/// Where the methods are.
pub(super) const XRPC_ROOT: &str = "/xrpc";
/// Where older clients call the methods.
pub(super) const OLDER_XRPC_ROOT: &str = "/api/xrpc";

/// The largest body of a request, in bytes.
pub(super) const MAX_BODY: usize = 16 * 1024;
/// How long the body of a request may take.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest body of a method that writes a record, in bytes.
const MAX_RECORD_BODY: usize = 1024 * 1024;

/// The methods below `root`.
pub(super) fn scope<A>(
    root: &'static str,
    api: Api,
    authenticator: A,
    trusted_proxies: usize,
    metrics: Option<&RequestMetrics>,
) -> Scope
where
    A: Authenticator<Caller = Principal>,
{
    let server = server(root, api, authenticator, trusted_proxies, metrics);
    xrpc_actix::scope(root, Arc::new(server), extend_head)
        .app_data(CrossOrigin)
        .route("", logged(root, any_but_options().to(no_method)))
}

/// The methods, which the log shows below `root`.
pub(super) fn server<A>(
    root: &'static str,
    api: Api,
    authenticator: A,
    trusted_proxies: usize,
    metrics: Option<&RequestMetrics>,
) -> Server<Api, A>
where
    A: Authenticator<Caller = Principal>,
{
    let writes_records = api.writes_records();
    let server = Server::new(cocore_lexicon::routes, api, authenticator);
    let nsids = server.methods().map(|method| method.nsid);
    let metrics = metrics.map(|metrics| AllMethods::new(metrics, nsids));
    let log = MethodLog {
        route: root,
        metrics,
    };
    let server = server.body_limit(MAX_BODY);
    let server = if writes_records {
        server
            .body_limit_of::<CreateRecord>(MAX_RECORD_BODY)
            .body_limit_of::<PutRecord>(MAX_RECORD_BODY)
    } else {
        server
    };
    server
        .body_timeout(BODY_TIMEOUT)
        .observer(log)
        .trusted_proxies(trusted_proxies)
}

/// A route for every verb but OPTIONS: the methods' own adapter answers preflights.
fn any_but_options() -> Route {
    web::route().guard(guard::Not(guard::Options()))
}

/// Answers the root itself.
async fn no_method() -> ApiError {
    XrpcError::not_found("there is no method at this path: the methods are below /xrpc/").into()
}

/// Adds the id that the log shows, which is also the one of the answer, the connection, and what the answer reports of
/// limits.
pub(super) fn extend_head(request: &HttpRequest, head: &mut Head) {
    head.request_id = RequestId::find(request);
    let extensions = request.extensions();
    if let Some(report) = extensions.get::<RateReport>() {
        head.extensions.insert(report.clone());
    }
    if let Some(connection) = request.conn_data::<Connection>() {
        head.extensions.insert(connection.clone());
    }
}
