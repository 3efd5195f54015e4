//! A server's implementation of a method, and its registration.

use std::future::Future;

use crate::method::XrpcMethod;

/// What a caller sends to a method.
#[derive(Debug)]
pub struct Request<M: XrpcMethod> {
    /// The query parameters, checked.
    pub params: M::Params,
    /// The body, checked.
    pub input: M::Input,
}

/// A server's implementation of one method. `C` is what its credential check answers with: who
/// calls.
pub trait Handler<M: XrpcMethod, C>: Send + Sync + 'static {
    /// Answers one call. Parameters and input have passed their checks.
    fn handle(
        &self,
        caller: C,
        request: Request<M>,
    ) -> impl Future<Output = Result<M::Output, M::Error>> + Send;
}

/// Where the generated `routes` function registers the methods: an adapter to a web framework.
pub trait Router {
    /// What implements the methods.
    type Service;
    /// What its handlers are told of the caller.
    type Caller;

    /// Registers one method.
    fn add<M: XrpcMethod>(&mut self)
    where
        Self::Service: Handler<M, Self::Caller>;
}
