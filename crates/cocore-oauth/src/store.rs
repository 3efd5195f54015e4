//! Storage for sign-ins that are under way.

use std::future::Future;

/// Encrypted storage for sign-ins that are under way. The values are secret.
pub trait OAuthStore: Send + Sync + 'static {
    /// Stores the value of a new key. It may be removed after 15 minutes.
    fn put(
        &self,
        key: String,
        value: String,
    ) -> impl Future<Output = Result<(), OAuthStoreError>> + Send;

    /// Removes a value, and returns it if there is one. Of several callers, one gets it.
    fn take(
        &self,
        key: String,
    ) -> impl Future<Output = Result<Option<String>, OAuthStoreError>> + Send;
}

/// The error for a store that is unavailable. The implementation of the store logs the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store is unavailable")]
pub struct OAuthStoreError;
