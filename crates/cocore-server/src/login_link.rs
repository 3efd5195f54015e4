//! Login links: each signs an account in to the console, once. The operator creates them, who can create keys for
//! any account as well.

use std::sync::Arc;

use atproto_resolver::Did;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use cocore_keys::{Clock, Random, StoreError};
use cocore_store::Store;
use sha2::{Digest, Sha256};

use crate::service_identity::ServiceIdentity;

/// The account that a link signs in on a server on loopback, unless another one is named.
pub const LOCAL_ACCOUNT: &str = "did:web:localhost";
/// The path of a link.
pub const PATH: &str = "/sign-in/local";
/// How long a link is valid.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum LoginLinkError {
    /// The token would travel in the clear, or the server is not known by an origin.
    #[error(
        "a login link needs a server that listens on a loopback address, or has an https --public-url"
    )]
    NoOrigin,
    /// No account is named, and the server has no default.
    #[error(
        "expected --did with the account that the link signs in: only a server on loopback has a default"
    )]
    NoAccount,
    /// The account exists only on servers on loopback.
    #[error("--did: {LOCAL_ACCOUNT} is the account of servers on loopback")]
    LocalAccount,
    /// The store or the source of randomness is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The login links in a store, which has the digests of their tokens alone.
#[derive(Clone)]
pub struct LoginLinks {
    store: Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl LoginLinks {
    /// The links in `store`.
    pub fn new(store: Store, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            store,
            clock,
            random,
        }
    }

    /// Returns the account that a link to a server signs in: the named one, or the local one.
    ///
    /// # Errors
    /// The server can have no link, or none for this account.
    pub fn account<'d>(
        identity: &ServiceIdentity,
        did: Option<&'d Did>,
    ) -> Result<&'d str, LoginLinkError> {
        match did.map(Did::as_str) {
            _ if !identity.accepts_login_links() => Err(LoginLinkError::NoOrigin),
            None if identity.is_local => Ok(LOCAL_ACCOUNT),
            None => Err(LoginLinkError::NoAccount),
            Some(LOCAL_ACCOUNT) if !identity.is_local => Err(LoginLinkError::LocalAccount),
            Some(did) => Ok(did),
        }
    }

    /// Creates a link to a server, and returns its URL. It signs in an account, or the local one.
    ///
    /// # Errors
    /// The server can have no link, or none for this account; or the store is unavailable.
    pub async fn create(
        &self,
        identity: Option<&ServiceIdentity>,
        did: Option<&Did>,
    ) -> Result<String, LoginLinkError> {
        let identity = identity.ok_or(LoginLinkError::NoOrigin)?;
        let did = Self::account(identity, did)?;
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes)?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let expires_at = self.clock.now() + LIFETIME;
        let create = self
            .store
            .login_link_create(digest(&token), did, expires_at);
        create.await?;
        Ok(format!("{}{PATH}?token={token}", identity.browser_origin))
    }

    /// Uses a link up, and returns its account, if it has not expired and was not used before.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn redeem(&self, token: &str) -> Result<Option<String>, StoreError> {
        let now = self.clock.now();
        self.store.login_link_take(digest(token), now).await
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
