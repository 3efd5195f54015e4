//! Errors of a session.

use atproto_resolver::{HttpError, ResolveError};

use crate::error::SignInError;
use crate::random::RandomError;
use crate::store::OAuthStoreError;

/// Why nothing can be done for an account at its host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // The fields are the names of hosts.
pub enum SessionError {
    /// The account has no session, or its host has ended it.
    #[error("the account has no session at its host")]
    NotConnected,
    /// The account's document leads to another host than that of its session.
    #[error("the account has moved to another host")]
    Moved,
    /// The host cannot be reached, or cannot answer now.
    #[error("{host} cannot be reached")]
    Unreachable { host: String },
    /// The connection to the host broke off. It may have done what was asked.
    #[error("the connection to {host} broke off")]
    Interrupted { host: String },
    /// The host did not answer in time.
    #[error("{host} did not answer in time")]
    Timeout { host: String },
    /// The host sent what it may not send.
    #[error("{host} sent an answer that cannot be used")]
    InvalidAnswer { host: String },
    /// Too many requests are in flight.
    #[error("too many requests to {host} are under way")]
    Busy { host: String },
    /// Another server refreshes the tokens, and takes too long.
    #[error("the tokens of the account are being refreshed")]
    Refreshing,
    /// The store is unavailable.
    #[error(transparent)]
    Store(#[from] OAuthStoreError),
    /// The system provides no random numbers.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl SessionError {
    /// The error of a request that comes before the call itself: the call is not sent.
    pub(crate) fn of_preparation(self) -> Self {
        match self {
            Self::Timeout { host } | Self::Interrupted { host } => Self::Unreachable { host },
            other => other,
        }
    }
}

impl From<HttpError> for SessionError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Busy { host } => Self::Busy { host },
            HttpError::Timeout { host } => Self::Timeout { host },
            HttpError::Interrupted { host, .. } => Self::Interrupted { host },
            HttpError::TooLarge { host, .. } | HttpError::InvalidJson { host } => {
                Self::InvalidAnswer { host }
            }
            HttpError::Unreachable { host, .. } | HttpError::Status { host, .. } => {
                Self::Unreachable { host }
            }
            _ => Self::InvalidAnswer {
                host: "the account's host".to_owned(),
            },
        }
    }
}

impl From<ResolveError> for SessionError {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Http(error) => error.into(),
            _ => Self::Unreachable {
                host: "the host of the account's DID".to_owned(),
            },
        }
    }
}

/// The error of a request that a sign-in sends, too.
impl From<SignInError> for SessionError {
    fn from(error: SignInError) -> Self {
        let invalid = |host: &str| Self::InvalidAnswer {
            host: host.to_owned(),
        };
        match error {
            SignInError::Http(error) => error.into(),
            SignInError::Resolve(error) => error.into(),
            SignInError::Store(error) => error.into(),
            SignInError::Random(error) => error.into(),
            SignInError::AccountMoved => Self::Moved,
            SignInError::InvalidGrant
            | SignInError::OtherAccount
            | SignInError::MissingScope
            | SignInError::UnboundTokens
            | SignInError::InvalidRecord => Self::NotConnected,
            SignInError::NoOAuth { host }
            | SignInError::InvalidResponse { issuer: host }
            | SignInError::RejectedByIssuer { issuer: host, .. }
            | SignInError::OtherIssuer { issuer: host } => invalid(&host),
            _ => invalid("the account's host"),
        }
    }
}
