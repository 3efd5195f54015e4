//! Why a key was not created or changed.

use thiserror::Error;

use crate::access::TooWide;
use crate::error::StoreError;
use crate::expiry::InvalidExpiry;

/// Why a key was not created or changed. Nothing was changed then, unless the store is unavailable: then a key may
/// exist whose secret was never returned.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The account has no such key.
    #[error("this account has no key with this id")]
    NotFound,
    /// The key is revoked, expired or replaced: what has ended never comes back.
    #[error("this key is revoked, expired or replaced: only active keys can be changed")]
    NotActive,
    /// The key of the caller is not active any more.
    #[error("the key that makes this call is not active any more")]
    CallerEnded,
    /// The key of the caller is active, and was changed since the caller was authenticated.
    #[error("the key that makes this call was changed meanwhile: try again")]
    CallerChanged,
    /// The key would have more than the key of the caller.
    #[error(transparent)]
    TooWide(#[from] TooWide),
    /// The scopes would be wider than they are.
    #[error("{0}: the scopes of a key can only be made narrower")]
    Wider(String),
    /// A key may only extend the expiry of keys that descend from it.
    #[error("a key can extend only keys that it has created, and keys that those have created")]
    NotDescendant,
    /// A key sets limits only of keys that descend from it.
    #[error(
        "a key can set limits only of keys that it has created, and of keys that those have created"
    )]
    OwnLimits,
    /// An account cannot set its own limits.
    #[error("only the operator of the server sets the limits of an account: name a key by its id")]
    OperatorOnly,
    /// The expiry is invalid.
    #[error(transparent)]
    InvalidExpiry(#[from] InvalidExpiry),
    /// The account has as many keys as it may have.
    #[error("the account has {0} keys, which is the most that it may have: revoke or delete one")]
    QuotaExceeded(u32),
    /// The same `Idempotency-Key` came with another request.
    #[error("this Idempotency-Key was used for a request with another body")]
    IdempotencyConflict,
    /// The store is unavailable.
    #[error(transparent)]
    Unavailable(#[from] StoreError),
}
