use std::future::Future;
use std::sync::Arc;

use crate::error::XrpcError;
use crate::head::Head;
use crate::method::MethodInfo;

/// Authenticates the callers of a service: the one place where credentials are checked.
///
/// ```
/// use xrpc_server::{Authenticator, Head, MethodInfo, XrpcError};
///
/// #[derive(Clone)]
/// struct Caller {
///     name: String,
/// }
///
/// struct OneToken;
///
/// impl Authenticator for OneToken {
///     type Caller = Caller;
///
///     async fn authenticate(&self, head: &Head, _: MethodInfo) -> Result<Caller, XrpcError> {
///         match head.bearer() {
///             Some("sesame") => Ok(Caller { name: "Ali".to_owned() }),
///             _ => Err(XrpcError::auth_required("expected Authorization: Bearer TOKEN")),
///         }
///     }
/// }
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// The caller that handlers and the [`Observer`](crate::Observer) get, such as an account.
    /// `Option<Account>` lets methods be public.
    type Caller: Clone + Send + 'static;

    /// Authenticates a request by its head, before its body is read.
    ///
    /// # Errors
    /// The answer to a request that is rejected, such as [`XrpcError::auth_required`].
    fn authenticate(
        &self,
        head: &Head,
        method: MethodInfo,
    ) -> impl Future<Output = Result<Self::Caller, XrpcError>> + Send;
}

/// An authenticator that other parts of an application share.
impl<A: Authenticator> Authenticator for Arc<A> {
    type Caller = A::Caller;

    fn authenticate(
        &self,
        head: &Head,
        method: MethodInfo,
    ) -> impl Future<Output = Result<Self::Caller, XrpcError>> + Send {
        A::authenticate(self, head, method)
    }
}
