use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, StatusCode};

use crate::head::Head;
use crate::method::MethodInfo;

/// A hook for logs and metrics, called once for each request.
pub trait Observer: Send + Sync + 'static {
    /// Takes the report of a request that was answered, or whose client hung up before.
    fn report(&self, report: &Report<'_>);
}

/// A request and its outcome. It holds nothing that a client wrote, except for the verb.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report<'a> {
    /// The method, once it is known to be one of the service's.
    pub method: Option<MethodInfo>,
    /// The HTTP verb.
    pub verb: &'a Method,
    /// The id of the request, which the answer has in `X-Request-Id`.
    pub request_id: &'a str,
    /// The time since the head of the request arrived.
    pub elapsed: Duration,
    /// Its outcome.
    pub outcome: Outcome<'a>,
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// The answer was handed to the connection.
    Answered {
        /// The status of the answer.
        status: StatusCode,
        /// The name of its error.
        error: Option<&'a str>,
        /// The cause of an internal error, such as the message of a panic, which the client does not see.
        cause: Option<&'a str>,
    },
    /// The client hung up before the answer was ready.
    Disconnected,
}

/// The guard that reports a request, also one whose future is dropped.
pub(crate) struct Watch<'o> {
    observer: Option<&'o dyn Observer>,
    begun: Instant,
    verb: Method,
    request_id: Arc<str>,
    pub(crate) method: Option<MethodInfo>,
}

impl<'o> Watch<'o> {
    pub(crate) fn begin(
        observer: Option<&'o dyn Observer>,
        head: &Head,
        request_id: Arc<str>,
    ) -> Self {
        Self {
            observer,
            begun: Instant::now(),
            verb: head.method.clone(),
            request_id,
            method: None,
        }
    }

    pub(crate) fn end(mut self, outcome: Outcome<'_>) {
        self.report(outcome);
    }

    fn report(&mut self, outcome: Outcome<'_>) {
        let Some(observer) = self.observer.take() else {
            return;
        };
        observer.report(&Report {
            method: self.method,
            verb: &self.verb,
            request_id: &self.request_id,
            elapsed: self.begun.elapsed(),
            outcome,
        });
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.report(Outcome::Disconnected);
    }
}
