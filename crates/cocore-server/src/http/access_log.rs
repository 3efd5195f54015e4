//! The access log: one line for each request, also if the client disconnects before the answer.

use std::future::Future;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{Error, Route};
use xrpc_server::{Observer, Outcome, Report};

/// Where proxies ask whether a request is authenticated. They ask for each request that they forward, and
/// have a log of their own: successes are logged at the level `debug`.
pub(super) const VERIFY: &str = "/auth/verify";

/// The status that the log shows of a request whose client disconnected. nginx invented it.
const CLIENT_DISCONNECTED: u16 = 499;

/// Logs the requests of a route. `name` is the path as it is written in the code: the path that the
/// client sent may hold a secret.
pub(super) fn logged(name: &'static str, route: Route) -> Route {
    route.wrap(from_fn(
        move |request: ServiceRequest, next: Next<BoxBody>| {
            let entry = Entry::begin(name, request.method().as_str());
            entry.log_answer_of(next.call(request))
        },
    ))
}

/// A request that is not answered yet.
pub(super) struct Entry {
    route: &'static str,
    verb: &'static str,
    started: Instant,
    is_answered: bool,
}

impl Entry {
    pub(super) fn begin(route: &'static str, verb: &str) -> Self {
        Self {
            route,
            verb: verb_name(verb),
            started: Instant::now(),
            is_answered: false,
        }
    }

    /// Logs what a future answers; if it is dropped, the client disconnected.
    pub(super) async fn log_answer_of<B: MessageBody>(
        mut self,
        answer: impl Future<Output = Result<ServiceResponse<B>, Error>>,
    ) -> Result<ServiceResponse<B>, Error> {
        let answer = answer.await;
        let status = match &answer {
            Ok(answer) => answer.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        self.is_answered = true;
        log_answer(
            self.verb,
            self.route,
            None,
            status.as_u16(),
            self.started.elapsed(),
        );
        answer
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.is_answered {
            log_disconnect(self.verb, self.route, None, self.started.elapsed());
        }
    }
}

/// Logs the calls of methods.
pub(super) struct MethodLog {
    /// The path below which the methods are.
    pub(super) route: &'static str,
}

impl Observer for MethodLog {
    fn report(&self, report: &Report<'_>) {
        let verb = verb_name(report.verb.as_str());
        let method = report.method.map(|method| method.nsid);
        match report.outcome {
            Outcome::Answered { status, cause, .. } => {
                if let Some(cause) = cause {
                    tracing::error!(method, cause, "internal error");
                }
                log_answer(verb, self.route, method, status.as_u16(), report.elapsed);
            }
            _ => log_disconnect(verb, self.route, method, report.elapsed),
        }
    }
}

fn log_answer(verb: &str, route: &str, method: Option<&str>, status: u16, elapsed: Duration) {
    let (method, micros) = (method.unwrap_or("none"), micros(elapsed));
    if route == VERIFY && status == 200 {
        tracing::debug!(verb, route, method, status, micros, "answered");
    } else {
        tracing::info!(verb, route, method, status, micros, "answered");
    }
}

fn log_disconnect(verb: &str, route: &str, method: Option<&str>, elapsed: Duration) {
    let (method, micros) = (method.unwrap_or("none"), micros(elapsed));
    let status = CLIENT_DISCONNECTED;
    tracing::info!(verb, route, method, status, micros, "client disconnected");
}

fn micros(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
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
