//! Storage for sign-ins and tokens.

use std::future::Future;

/// Encrypted storage for pending sign-ins and for the tokens of accounts. The values are secret.
pub trait OAuthStore: Send + Sync + 'static {
    /// Stores a value, and replaces an older one.
    fn put(
        &self,
        kind: EntryKind,
        key: String,
        value: String,
    ) -> impl Future<Output = Result<(), OAuthStoreError>> + Send;
    /// Returns the value, if there is one.
    fn get(
        &self,
        kind: EntryKind,
        key: String,
    ) -> impl Future<Output = Result<Option<String>, OAuthStoreError>> + Send;
    /// Deletes a value, if there is one.
    fn delete(
        &self,
        kind: EntryKind,
        key: String,
    ) -> impl Future<Output = Result<(), OAuthStoreError>> + Send;
}

/// The kinds of entries in an [`OAuthStore`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A sign-in that has begun. It expires after 15 minutes. The key is the digest of its `state`.
    PendingSignIn,
    /// The tokens of an account. The key is the account's DID in its normal form.
    Session,
}

/// The error for a store that is unavailable. The implementation of the store logs the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store is unavailable")]
pub struct OAuthStoreError;
