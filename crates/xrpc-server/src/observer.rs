use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, StatusCode};

use crate::head::Head;
use crate::method::MethodInfo;

/// A hook for logs and metrics, called once for each request. `C` is the caller that the
/// [`Authenticator`](crate::Authenticator) returns.
pub trait Observer<C>: Send + Sync + 'static {
    /// Takes the report of a request that was answered, or whose client hung up before.
    fn report(&self, report: &Report<'_, C>);
}

/// A request and its outcome. It holds nothing that a client wrote, except for the verb, and what the
/// authenticator accepted as the caller.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report<'a, C> {
    /// The method, once it is known to be one of the service's.
    pub method: Option<MethodInfo>,
    /// The HTTP verb.
    pub verb: &'a Method,
    /// The client's address, by [`Head::client_address`] with
    /// [`Server::trusted_proxies`](crate::Server::trusted_proxies).
    pub client_address: Option<IpAddr>,
    /// The caller, once the request is authenticated.
    pub caller: Option<&'a C>,
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
pub(crate) struct Watch<'o, C: 'static> {
    observer: Option<&'o dyn Observer<C>>,
    begun: Instant,
    verb: Method,
    client_address: Option<IpAddr>,
    caller: Option<C>,
    request_id: Arc<str>,
    pub(crate) method: Option<MethodInfo>,
}

impl<'o, C: 'static> Watch<'o, C> {
    pub(crate) fn begin(
        observer: Option<&'o dyn Observer<C>>,
        head: &Head,
        trusted_proxies: usize,
        request_id: Arc<str>,
    ) -> Self {
        Self {
            observer,
            begun: Instant::now(),
            verb: head.method.clone(),
            client_address: observer.and_then(|_| head.client_address(trusted_proxies)),
            caller: None,
            request_id,
            method: None,
        }
    }

    pub(crate) fn authenticated(&mut self, caller: &C)
    where
        C: Clone,
    {
        self.caller = self.observer.map(|_| caller.clone());
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
            client_address: self.client_address,
            caller: self.caller.as_ref(),
            request_id: &self.request_id,
            elapsed: self.begun.elapsed(),
            outcome,
        });
    }
}

impl<C: 'static> Drop for Watch<'_, C> {
    fn drop(&mut self) {
        self.report(Outcome::Disconnected);
    }
}
