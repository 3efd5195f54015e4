//! The credentials: a bearer token for each caller.

use std::collections::HashMap;

use xrpc_server::{Authenticator, Head, MethodInfo, XrpcError};

/// A reporter, by name.
#[derive(Clone)]
pub struct Caller(pub String);

/// The callers by their tokens.
#[derive(Default)]
pub struct Tokens(pub HashMap<String, Caller>);

impl Authenticator for Tokens {
    type Caller = Caller;

    async fn authenticate(&self, head: &Head, _: MethodInfo) -> Result<Caller, XrpcError> {
        let caller = head.bearer().and_then(|token| self.0.get(token)).cloned();
        caller.ok_or_else(|| XrpcError::auth_required("expected a token of a reporter"))
    }
}
