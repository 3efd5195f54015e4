//! Errors that methods and pages share, by their names in XRPC.

use std::fmt::Display;

use cocore_keys::StoreError;
use lexicon_runtime::{ErrorBody, Violation};

/// `InvalidRequest`: a value that satisfies its schema, but not the method.
pub(crate) fn invalid(place: &str, why: impl Display) -> ErrorBody {
    Violation::new(place, why.to_string()).into()
}

/// `AuthRequired`: the same for every way in which a credential can be invalid.
pub(crate) fn auth_required() -> ErrorBody {
    let message = "expected a valid API key: Authorization: Bearer cocore-...";
    ErrorBody::new("AuthRequired", Some(message.to_owned()))
}

/// `Forbidden`.
pub(crate) fn forbidden(why: &str) -> ErrorBody {
    ErrorBody::new("Forbidden", Some(why.to_owned()))
}

/// `Forbidden`: the account is not on the list of accounts that this server serves.
pub(crate) fn account_not_served() -> ErrorBody {
    forbidden("this server does not serve this account")
}

/// `ServiceUnavailable`: the store is unavailable. Its error is logged.
pub(crate) fn unavailable(error: &StoreError) -> ErrorBody {
    tracing::error!(%error, "the store is unavailable");
    let message = "the key store is unavailable: try again soon";
    ErrorBody::new("ServiceUnavailable", Some(message.to_owned()))
}
