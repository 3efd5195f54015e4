use std::future::Future;

use http::HeaderMap;
use lexicon_runtime::XrpcMethod;

use crate::error::HandlerError;
use crate::head::Head;

/// A service's implementation of one method. `C` is the caller that its
/// [`Authenticator`](crate::Authenticator) returns.
///
/// A panic is answered with status 500 and logged by the [`Observer`](crate::Observer). When the client
/// hangs up, the future is dropped: work that has to be finished is spawned on the runtime.
pub trait Handler<M: XrpcMethod, C>: Send + Sync + 'static {
    /// Handles one call. The parameters and the input have passed their checks.
    fn handle(
        &self,
        request: Request<M, C>,
    ) -> impl Future<Output = Result<Response<M::Output>, HandlerError<M::Error>>> + Send;
}

/// What a handler of the method `M` returns.
pub type HandlerResult<M> =
    Result<Response<<M as XrpcMethod>::Output>, HandlerError<<M as XrpcMethod>::Error>>;

/// A call of the method `M` by the caller `C`.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request<M: XrpcMethod, C> {
    /// The query parameters, checked.
    pub params: M::Params,
    /// The body, checked.
    pub input: M::Input,
    /// The authenticated caller.
    pub caller: C,
    /// The head of the HTTP request.
    pub head: Head,
}

impl<M: XrpcMethod, C> Request<M, C> {
    /// A call in process, with an empty head.
    pub fn new(params: M::Params, input: M::Input, caller: C) -> Self {
        Self {
            params,
            input,
            caller,
            head: Head::default(),
        }
    }
}

/// The answer to a call: its output, and headers beside the ones that the server sets.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Response<T> {
    /// The output.
    pub output: T,
    /// Headers of the answer. They replace the server's own, such as `Cache-Control: no-store`.
    pub headers: HeaderMap,
}

impl<T> Response<T> {
    /// An answer without headers of its own.
    pub fn new(output: T) -> Self {
        Self {
            output,
            headers: HeaderMap::new(),
        }
    }
}

impl<T> From<T> for Response<T> {
    fn from(output: T) -> Self {
        Self::new(output)
    }
}
