//! The operator, who calls methods from the command line on behalf of any account.

use std::sync::Arc;

use atproto_resolver::Did;
use xrpc_server::{Authenticator, Head, MethodInfo, XrpcError};

use crate::errors::auth_required;
use crate::principal::Principal;

/// The header in which the command line names the account.
pub const ACCOUNT: &str = "x-cocore-account";

/// Authenticates the requests of the command line, which come over a socket that only the operator can
/// open: the account that they name is trusted.
pub struct Operator;

impl Authenticator for Operator {
    type Caller = Principal;

    async fn authenticate(&self, head: &Head, _: MethodInfo) -> Result<Principal, XrpcError> {
        let did = head.header(ACCOUNT).and_then(|did| Did::parse(did).ok());
        let did = did.ok_or_else(auth_required)?;
        let did = Arc::new(did.into());
        Ok(Principal { did })
    }
}
