//! The operator: calls methods from the command line on behalf of any account.

use std::any::Any;

use actix_web::dev::Extensions;
use actix_web::rt::net::UnixStream;
use cocore_keys::CallerCredential;
use lexicon_runtime::Did;
use xrpc_server::{Authenticator, Head, MethodInfo, XrpcError};

use crate::errors::auth_required;
use crate::principal::Principal;

/// The header in which the command line names the account.
pub const ACCOUNT: &str = "x-cocore-account";

/// The user who opened a connection of the control socket.
#[derive(Clone, Copy, Debug)]
pub struct PeerUid(u32);

impl PeerUid {
    /// Records the user with the data of a new connection, as the operating system reports it.
    pub fn record(connection: &dyn Any, data: &mut Extensions) {
        let stream = connection.downcast_ref::<UnixStream>();
        if let Some(Ok(credentials)) = stream.map(UnixStream::peer_cred) {
            data.insert(Self(credentials.uid()));
        }
    }

    /// Returns whether the user may act as the operator: the owner of the socket and root may.
    pub fn is_operator(self, owner: u32) -> bool {
        self.0 == owner || self.0 == 0
    }
}

/// Authenticates the requests of the command line, which come over a socket that only the operator can
/// open: the account that they name is trusted.
pub struct Operator;

impl Authenticator for Operator {
    type Caller = Principal;

    async fn authenticate(&self, head: &Head, _: MethodInfo) -> Result<Principal, XrpcError> {
        let did = head.header(ACCOUNT).and_then(|did| Did::parse(did).ok());
        let did = did.ok_or_else(auth_required)?;
        Ok(Principal::new(did, CallerCredential::Operator))
    }
}
