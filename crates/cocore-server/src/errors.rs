//! Errors that methods and pages share, by their names in XRPC.

use std::fmt::Display;
use std::time::Duration;

use cocore_keys::{InvalidScope, KEY_PREFIX, KeyError, StoreError, TooWide};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use lexicon_runtime::Violation;
use xrpc_server::XrpcError;

/// When a client may try again after the store was unavailable.
pub(crate) const RETRY_DELAY: Duration = Duration::from_secs(1);

/// `InvalidRequest`: a value that satisfies its schema, but not the method.
pub(crate) fn invalid(place: &str, why: impl Display) -> XrpcError {
    Violation::new(place, why.to_string()).into()
}

/// What a client reads in `WWW-Authenticate` about a bearer that is not valid. Source: RFC 6750, section 3.1.
pub(crate) const INVALID_TOKEN: HeaderValue =
    HeaderValue::from_static("Bearer error=\"invalid_token\"");

/// `AuthRequired`: there is no credential.
pub(crate) fn auth_required() -> XrpcError {
    XrpcError::auth_required(format!(
        "expected a valid API key: Authorization: Bearer {KEY_PREFIX}..."
    ))
}

/// `AuthRequired`: the same for every way in which a bearer can be invalid.
pub(crate) fn invalid_bearer() -> XrpcError {
    auth_required().with_header(WWW_AUTHENTICATE, INVALID_TOKEN)
}

/// `Forbidden`: the account is not on the list of accounts that this server serves.
pub(crate) fn account_not_served() -> XrpcError {
    XrpcError::forbidden("this server does not serve this account")
}

/// `InsufficientScope`: the scopes of the key do not allow what needs this scope. Source: RFC 6750, section 3.1.
pub(crate) fn insufficient_scope(scope: &str) -> XrpcError {
    let message = format!("this key does not have the scope that is needed: {scope}");
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
    let error = XrpcError::new(StatusCode::FORBIDDEN, "InsufficientScope", message);
    match HeaderValue::from_str(&challenge) {
        Ok(challenge) => error.with_header(WWW_AUTHENTICATE, challenge),
        // A scope is printable ASCII.
        Err(_) => error,
    }
}

/// Why a key was not created or changed, by the names of the lexicons.
pub(crate) fn key_error(error: &KeyError) -> XrpcError {
    let name = match error {
        KeyError::NotFound => "KeyNotFound",
        KeyError::NotActive => "KeyNotActive",
        KeyError::QuotaExceeded(_) => "KeyQuotaExceeded",
        KeyError::InvalidExpiry(_)
        | KeyError::NotDescendant
        | KeyError::TooWide(TooWide::Expiry(_)) => {
            return invalid("input/expiresAt", error);
        }
        KeyError::TooWide(_) | KeyError::Wider(_) => "ScopeTooWide",
        KeyError::OwnLimits | KeyError::OperatorOnly => "OwnLimits",
        KeyError::CallerEnded => return invalid_bearer(),
        // The key is good: its client must not take it for a dead one.
        KeyError::CallerChanged => return XrpcError::service_unavailable(RETRY_DELAY, error),
        KeyError::IdempotencyConflict => return idempotency_conflict(),
        KeyError::Unavailable(error) => return unavailable(error),
    };
    XrpcError::new(StatusCode::BAD_REQUEST, name, error)
}

/// `IdempotencyConflict`: the header came with another request, or the answer cannot be decrypted any more.
pub(crate) fn idempotency_conflict() -> XrpcError {
    let message = KeyError::IdempotencyConflict;
    XrpcError::new(StatusCode::CONFLICT, "IdempotencyConflict", message)
}

/// `InvalidScope`: a scope is not a permission.
pub(crate) fn invalid_scope(error: &InvalidScope) -> XrpcError {
    XrpcError::new(StatusCode::BAD_REQUEST, "InvalidScope", error)
}

/// `RateLimitExceeded`: other lists of the account are still being sent.
pub(crate) fn too_many_lists() -> XrpcError {
    let message = "other lists of this account's keys are still being sent: try again soon";
    XrpcError::new(StatusCode::TOO_MANY_REQUESTS, "RateLimitExceeded", message)
        .with_header(RETRY_AFTER, HeaderValue::from(RETRY_DELAY.as_secs()))
}

/// `ServiceUnavailable`: the store is unavailable. Its error is logged.
pub(crate) fn unavailable(error: &StoreError) -> XrpcError {
    tracing::error!(%error, "the store is unavailable");
    let message = "the key store is unavailable: try again soon";
    XrpcError::service_unavailable(RETRY_DELAY, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client gives a key up that is answered with 401.
    #[test]
    fn only_a_key_that_has_ended_is_answered_with_401() {
        for (error, status, name) in [
            (KeyError::CallerEnded, 401, "AuthRequired"),
            (KeyError::CallerChanged, 503, "ServiceUnavailable"),
        ] {
            let answer = key_error(&error);
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(answer.body().error, name);
        }
    }
}
