//! The access log: one line for each request, also if the client disconnects before the answer. It has the
//! client's address, and of a caller who is authenticated the account and the id of the key.

use std::cell::OnceCell;
use std::future::Future;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{Error, HttpMessage, HttpRequest, Route};
use cocore_keys::CallerCredential;
use tracing::level_filters::LevelFilter;
use xrpc_server::{Observer, Outcome, Report};

use crate::browser::SignedIn;
use crate::principal::Principal;
#[cfg(feature = "otlp")]
use crate::telemetry::traces;
use crate::telemetry::{MethodMetrics, RequestMetrics, UNKNOWN_METHOD};

/// Where proxies ask whether a request is authenticated. They ask for each request that they forward, and
/// have a log of their own: successes are logged at the level `debug`.
pub(super) const VERIFY: &str = "/auth/verify";
/// Where supervisors and load balancers ask, again and again.
pub(super) const LIVE: &str = "/livez";
pub(super) const READY: &str = "/readyz";
pub(super) const READY_TO_CHECK: &str = "/readyz/checks";
/// Where the metrics are, on the admin listener.
pub(super) const METRICS: &str = "/metrics";
pub(super) const HEALTH: &str = "/_health";
pub(super) const AGENT_HEALTH: &str = "/api/agent/health";
/// The files that pages load.
pub(super) const ASSETS: &str = "/assets/{name}";
pub(super) const SITE_ASSETS: &str = "/lexicons/assets/{name}";

/// The status that the log shows of a request whose client disconnected. nginx invented it.
const CLIENT_DISCONNECTED: u16 = 499;

/// How an application logs and measures its requests: a part of its data.
pub(super) struct RequestLog {
    /// How many proxies append to `X-Forwarded-For`.
    pub(super) trusted_proxies: usize,
    /// The metrics of requests, if they are measured.
    pub(super) metrics: Option<RequestMetrics>,
}

/// The name of requests without a route.
pub(super) const NO_ROUTE: &str = "none";

/// A route of an application. It belongs to one worker thread.
#[derive(Clone)]
pub(super) struct LoggedRoute(Rc<RouteState>);

struct RouteState {
    /// The path as it is written in the code: the path that the client sent may hold a secret.
    name: &'static str,
    /// The metrics of the route, once it was called.
    metrics: OnceCell<Option<MethodMetrics>>,
}

impl LoggedRoute {
    /// A route with this path.
    pub(super) fn new(name: &'static str) -> Self {
        let metrics = OnceCell::new();
        Self(Rc::new(RouteState { name, metrics }))
    }

    /// Begins the entry of a request.
    pub(super) fn begin(&self, request: &ServiceRequest) -> Entry {
        let log = request.app_data::<RequestLog>();
        let Self(route) = self;
        route.metrics.get_or_init(|| {
            let label = match route.name {
                NO_ROUTE => UNKNOWN_METHOD,
                name => name,
            };
            Some(log?.metrics.as_ref()?.method(label))
        });
        let trusted_proxies = log.map_or(0, |log| log.trusted_proxies);
        Entry {
            route: route.clone(),
            verb: verb_name(request.method().as_str()),
            client: xrpc_actix::client_address(request.request(), trusted_proxies),
            started: Instant::now(),
            is_answered: false,
        }
    }
}

/// Logs the requests of a route. `name` is the path as it is written in the code.
pub(super) fn logged(name: &'static str, route: Route) -> Route {
    let logged = LoggedRoute::new(name);
    route.wrap(from_fn(
        move |request: ServiceRequest, next: Next<BoxBody>| {
            let entry = logged.begin(&request);
            entry.log_answer_of(next.call(request))
        },
    ))
}

/// Records the caller of a request, for its line.
pub(super) fn record_caller(request: &HttpRequest, caller: Principal) {
    request.extensions_mut().insert(caller);
}

/// The same for a browser that is signed in.
pub(super) fn record_session(request: &HttpRequest, signed_in: &SignedIn) {
    record_caller(
        request,
        Principal::new(signed_in.did.clone(), CallerCredential::Session),
    );
}

/// The same, if requests are logged that only the level `debug` shows.
pub(super) fn record_frequent_caller(request: &HttpRequest, caller: impl FnOnce() -> Principal) {
    if LevelFilter::current() >= LevelFilter::DEBUG {
        record_caller(request, caller());
    }
}

/// A request that is not answered yet.
pub(super) struct Entry {
    route: Rc<RouteState>,
    verb: &'static str,
    client: Option<IpAddr>,
    started: Instant,
    is_answered: bool,
}

impl Entry {
    /// Logs what a future answers; if it is dropped, the client disconnected.
    pub(super) async fn log_answer_of<B: MessageBody>(
        mut self,
        answer: impl Future<Output = Result<ServiceResponse<B>, Error>>,
    ) -> Result<ServiceResponse<B>, Error> {
        let answer = answer.await;
        self.is_answered = true;
        match &answer {
            Ok(answer) => {
                let extensions = answer.request().extensions();
                self.line(extensions.get()).answered(answer.status().into());
            }
            Err(error) => {
                let status = error.as_response_error().status_code();
                self.line(None).answered(status.into());
            }
        }
        answer
    }

    fn line<'l>(&'l self, caller: Option<&'l Principal>) -> Line<'l> {
        Line {
            verb: self.verb,
            route: self.route.name,
            method: None,
            client: self.client,
            caller,
            elapsed: self.started.elapsed(),
            metrics: self.route.metrics.get().and_then(Option::as_ref),
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.is_answered {
            self.line(None).disconnected();
        }
    }
}

/// Logs the calls of methods.
pub(super) struct MethodLog {
    /// The path below which the methods are.
    pub(super) route: &'static str,
    /// The metrics of the methods.
    pub(super) metrics: Option<AllMethods>,
}

/// The metrics of all methods.
pub(super) struct AllMethods {
    known: Vec<MethodMetrics>,
    unknown: MethodMetrics,
}

impl AllMethods {
    /// Creates the metrics of methods with these NSIDs.
    pub(super) fn new(metrics: &RequestMetrics, nsids: impl Iterator<Item = &'static str>) -> Self {
        Self {
            known: nsids.map(|nsid| metrics.method(nsid)).collect(),
            unknown: metrics.method(UNKNOWN_METHOD),
        }
    }

    fn of(&self, nsid: Option<&str>) -> &MethodMetrics {
        let known = self.known.iter();
        let known = nsid.and_then(|nsid| known.clone().find(|one| one.method() == nsid));
        known.unwrap_or(&self.unknown)
    }
}

impl Observer<Principal> for MethodLog {
    fn report(&self, report: &Report<'_, Principal>) {
        let method = report.method.map(|method| method.nsid);
        let line = Line {
            verb: verb_name(report.verb.as_str()),
            route: self.route,
            method,
            client: report.client_address,
            caller: report.caller,
            elapsed: report.elapsed,
            metrics: self.metrics.as_ref().map(|all| all.of(method)),
        };
        match report.outcome {
            Outcome::Answered { status, cause, .. } => {
                if let Some(cause) = cause {
                    tracing::error!(method = line.method, cause, "internal error");
                }
                line.answered(status.as_u16());
            }
            _ => line.disconnected(),
        }
    }
}

/// A line of the log. What is not known is left out.
struct Line<'l> {
    metrics: Option<&'l MethodMetrics>,
    verb: &'static str,
    route: &'static str,
    method: Option<&'static str>,
    client: Option<IpAddr>,
    caller: Option<&'l Principal>,
    elapsed: Duration,
}

macro_rules! log {
    ($level:ident, $line:expr, $status:expr, $message:literal) => {
        tracing::$level!(
            verb = $line.verb,
            route = $line.route,
            method = $line.method.unwrap_or("none"),
            status = $status,
            micros = u64::try_from($line.elapsed.as_micros()).unwrap_or(u64::MAX),
            client = $line.client.map(tracing::field::display),
            account = $line
                .caller
                .map(|caller| tracing::field::display(&caller.did)),
            key = $line
                .caller
                .and_then(Principal::key_id)
                .map(tracing::field::display),
            $message
        )
    };
}

impl Line<'_> {
    fn answered(&self, status: u16) {
        self.observe(status);
        if is_routine(self.route, status) {
            log!(debug, self, status, "answered");
        } else {
            log!(info, self, status, "answered");
        }
    }

    fn disconnected(&self) {
        self.observe(CLIENT_DISCONNECTED);
        log!(info, self, CLIENT_DISCONNECTED, "client disconnected");
    }

    fn observe(&self, status: u16) {
        if let Some(metrics) = self.metrics {
            metrics.observe(status, self.elapsed);
        }
        #[cfg(feature = "otlp")]
        traces::record(&traces::RequestSpan {
            verb: self.verb,
            route: self.route,
            method: self.method,
            status,
            elapsed: self.elapsed,
        });
    }
}

/// Returns whether programs send such requests all the time. The server logs a change of readiness itself.
fn is_routine(route: &str, status: u16) -> bool {
    match route {
        VERIFY => status == 200,
        LIVE | READY | READY_TO_CHECK | HEALTH | AGENT_HEALTH | ASSETS | SITE_ASSETS | METRICS => {
            true
        }
        _ => false,
    }
}

/// The name of a standard verb; any other is a text of the client's choice, and is not logged.
fn verb_name(verb: &str) -> &'static str {
    match verb {
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
