//! What goes in and comes out.

use std::future::Future;

use serde::Deserialize;

use crate::error::SignInError;
use crate::key::SigningKey;

/// How this server appears to issuers, and whom it asks about accounts.
#[derive(Debug)]
pub struct Settings {
    /// The server's public origin: `https://...`, or `http://127.0.0.1:PORT` on a developer's machine.
    pub origin: String,
    /// The directory of did:plc: `https://plc.directory`.
    pub plc_url: String,
    /// A server that answers `com.atproto.identity.resolveHandle`: `https://public.api.bsky.app`.
    pub handle_resolver: String,
    /// Whether the servers of people may be on this machine, over plain http: for development.
    pub allow_loopback: bool,
    /// The key by which issuers know this server; needed when the origin is https.
    pub signing_key: Option<SigningKey>,
}

/// Where unfinished sign-ins and tokens are kept. The values are secret: encrypt them.
pub trait Vault: Send + Sync + 'static {
    /// Keeps a value, in place of an older one.
    fn put(
        &self,
        kind: Kind,
        key: String,
        value: String,
    ) -> impl Future<Output = Result<(), VaultError>> + Send;
    /// The value, if there is one.
    fn get(
        &self,
        kind: Kind,
        key: String,
    ) -> impl Future<Output = Result<Option<String>, VaultError>> + Send;
    /// Forgets a value, also when there is none.
    fn delete(
        &self,
        kind: Kind,
        key: String,
    ) -> impl Future<Output = Result<(), VaultError>> + Send;
}

/// What a vault keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An unfinished sign-in, of no use after 15 minutes; the key is the digest of its `state`.
    State,
    /// A person's tokens; the key is their DID.
    Session,
}

/// The vault failed. Its implementor reports why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VaultError;

impl From<VaultError> for SignInError {
    fn from(_: VaultError) -> Self {
        Self::Unavailable("The sign-in cannot be stored at the moment.".into())
    }
}

/// A sign-in that the browser has to continue at `url`.
pub struct Begun {
    /// The page of the person's server.
    pub url: String,
    /// Comes back in the callback; bind it to the browser with a cookie.
    pub state: String,
}

/// The callback's query.
#[derive(Default, Deserialize)]
#[allow(missing_docs)]
pub struct Callback {
    pub code: Option<String>,
    pub state: Option<String>,
    pub iss: Option<String>,
    pub error: Option<String>,
    pub error_description: Option<String>,
}

/// Who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who it is, for ever.
    pub did: String,
    /// Their name at the moment, if both sides of it agree.
    pub handle: Option<String>,
}
