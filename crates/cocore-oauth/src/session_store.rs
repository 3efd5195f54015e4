//! Storage for the sessions of accounts.

use std::future::Future;

use atproto_resolver::Did;

use crate::store::OAuthStoreError;
use crate::tokens::SessionTokens;

/// Encrypted storage for the sessions of accounts. All servers of a database share it.
pub trait SessionStore: Send + Sync + 'static {
    /// Returns the session of an account. Tokens that cannot be decrypted are none.
    fn load(
        &self,
        did: &Did,
    ) -> impl Future<Output = Result<Option<StoredSession>, OAuthStoreError>> + Send;

    /// Leases a session to `refresher` for 45 seconds, unless it has another version now or is leased. It is one step:
    /// of several callers on all servers, one gets the lease.
    fn lease(
        &self,
        did: &Did,
        version: i64,
        refresher: &str,
    ) -> impl Future<Output = Result<bool, OAuthStoreError>> + Send;

    /// Replaces the tokens of a session with a new version, and ends the lease. Returns whether `refresher` still held
    /// the lease: otherwise nothing is changed.
    fn refreshed(
        &self,
        did: &Did,
        refresher: &str,
        tokens: &SessionTokens,
    ) -> impl Future<Output = Result<bool, OAuthStoreError>> + Send;

    /// Ends the lease of `refresher`.
    fn release(
        &self,
        did: &Did,
        refresher: &str,
    ) -> impl Future<Output = Result<(), OAuthStoreError>> + Send;

    /// Removes a session that its host has ended, unless it has another version now.
    fn ended(
        &self,
        did: &Did,
        version: i64,
    ) -> impl Future<Output = Result<(), OAuthStoreError>> + Send;
}

/// The session of an account, as it is stored.
#[derive(Clone, Debug)]
pub struct StoredSession {
    /// The tokens.
    pub tokens: SessionTokens,
    /// A number that grows with each change of the tokens.
    pub version: i64,
}
