//! Errors of a sign-in, in words for the person who signs in.

use atproto_resolver::{Did, HttpError, ResolveError};

use crate::random::RandomError;
use crate::store::OAuthStoreError;

/// Why a sign-in failed. The text is for the person who signs in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // The names of the fields suffice: hosts, origins, issuers.
pub enum SignInError {
    /// The text that names the account is neither a handle nor a DID.
    #[error("Enter a handle, like name.example.com, or a DID.")]
    InvalidAccountName,
    /// The account cannot be resolved.
    #[error("{}", resolve_text(.0))]
    Resolve(#[from] ResolveError),
    /// The account's DID document has no usable data server.
    #[error("The DID document of {did} names no usable data server.")]
    NoDataServer { did: Did },
    /// The account's data server has no OAuth metadata.
    #[error("{host} does not support sign-in with OAuth.")]
    NoOAuth { host: String },
    /// The data server names no issuer, or several.
    #[error("{origin} does not name exactly one server to sign in at.")]
    NotOneIssuer { origin: String },
    /// The data server's metadata is that of another server.
    #[error("{origin} claims to be {claimed}.")]
    OtherResource { origin: String, claimed: String },
    /// The data server names an issuer that is not the origin of a public server.
    #[error("Your data server names no usable server to sign in at.")]
    InvalidIssuer,
    /// The issuer's metadata is that of another server.
    #[error("{issuer} claims to be another server.")]
    OtherIssuer { issuer: String },
    /// The issuer does not list the data server.
    #[error("{issuer} does not sign in for {origin}.")]
    UnlistedDataServer { issuer: String, origin: String },
    /// The issuer lacks a feature that the protocol demands.
    #[error("{issuer} does not support {feature}, which a sign-in here needs.")]
    MissingFeature {
        issuer: String,
        feature: &'static str,
    },
    /// An address in the issuer's metadata may not be used.
    #[error("{issuer} names no usable address.")]
    InvalidEndpoint { issuer: String },
    /// The issuer's response cannot be read.
    #[error("The response of {issuer} cannot be read.")]
    InvalidResponse { issuer: String },
    /// The issuer rejected a request.
    #[error("{issuer} rejected the sign-in: {reason}")]
    RejectedByIssuer { issuer: String, reason: String },
    /// The issuer no longer accepts the code.
    #[error("The sign-in has expired at your server. Sign in again.")]
    InvalidGrant,
    /// The person declined.
    #[error("You declined the sign-in.")]
    Denied,
    /// The issuer reported another error in the callback.
    #[error("Your server reports: {0}")]
    CallbackError(String),
    /// There is no pending sign-in with this `state`.
    #[error("This sign-in was not started here, or has expired. Sign in again.")]
    UnknownState,
    /// The callback comes from another issuer.
    #[error("The callback comes from another server than the one you were sent to.")]
    OtherCallbackIssuer,
    /// The account uses another issuer than before.
    #[error("Your account has moved to another server. Sign in again.")]
    AccountMoved,
    /// The tokens are those of another account.
    #[error("You signed in with another account than the one you named.")]
    OtherAccount,
    /// The tokens are not bound to a key.
    #[error("Your server issues tokens that are not bound to a key.")]
    UnboundTokens,
    /// The tokens lack the scope `atproto`.
    #[error("Your server did not grant a sign-in to the AT Protocol.")]
    MissingScope,
    /// The stored sign-in cannot be read.
    #[error("The stored sign-in cannot be read. Sign in again.")]
    InvalidRecord,
    /// A request to the data server or the issuer failed.
    #[error("{}", http_text(.0))]
    Http(#[from] HttpError),
    /// The store is unavailable.
    #[error("The sign-in cannot be stored at the moment.")]
    Store(#[from] OAuthStoreError),
    /// The system provides no random numbers.
    #[error("The server cannot create keys at the moment.")]
    Random(#[from] RandomError),
    /// The server that uses this crate cannot sign in anyone now, for the reason in the text.
    #[error("{0}")]
    Unavailable(String),
}

/// What a person can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no such account: another name may help.
    UnknownAccount,
    /// The person declined.
    Denied,
    /// The sign-in is not accepted: repeating it will not help.
    Rejected,
    /// Something is unavailable: repeating the sign-in later may help.
    Unavailable,
}

impl SignInError {
    /// Returns what the person can do.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidAccountName => ErrorKind::UnknownAccount,
            Self::Denied => ErrorKind::Denied,
            Self::Store(_) | Self::Random(_) | Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Http(error) if error.is_temporary() => ErrorKind::Unavailable,
            Self::Resolve(error) if error.is_temporary() => ErrorKind::Unavailable,
            Self::Resolve(ResolveError::InvalidDocument { .. }) => ErrorKind::Rejected,
            Self::Resolve(ResolveError::Http(HttpError::TooLarge { .. })) => ErrorKind::Rejected,
            Self::Resolve(_) => ErrorKind::UnknownAccount,
            _ => ErrorKind::Rejected,
        }
    }
}

fn resolve_text(error: &ResolveError) -> String {
    match error {
        ResolveError::UnsupportedDid { .. } => {
            "Only DIDs of the kinds did:plc and did:web can sign in.".to_owned()
        }
        ResolveError::DidNotFound { did } => format!("There is no account {did}."),
        ResolveError::InvalidDocument { did, .. } => {
            format!("The DID document of {did} cannot be used.")
        }
        ResolveError::HandleNotFound { handle } => {
            format!("There is no account with the handle {handle}.")
        }
        ResolveError::HandleMismatch { handle } => {
            format!("The account with the handle {handle} does not use that handle.")
        }
        ResolveError::Http(error) => http_text(error),
        _ => "The account cannot be resolved.".to_owned(),
    }
}

/// The text without the technical cause, which could describe the server's own network.
fn http_text(error: &HttpError) -> String {
    match error {
        HttpError::Busy { .. } => {
            "Many people are signing in at this moment. Try again in a few seconds.".to_owned()
        }
        HttpError::Timeout { host } => format!("{host} did not answer in time."),
        HttpError::Unreachable { host, .. } => format!("{host} cannot be reached."),
        HttpError::Interrupted { host, .. } => format!("The connection to {host} broke off."),
        HttpError::TooLarge { host, .. } => format!("The response of {host} is too long."),
        HttpError::Status { host, .. } if error.is_temporary() => {
            format!("{host} cannot answer at the moment.")
        }
        HttpError::Status { host, status } => format!("{host} answered with status {status}."),
        _ => "A server that the sign-in needs cannot be used.".to_owned(),
    }
}

/// Text of another server, shortened and without control characters.
pub(crate) fn quoted(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_details_are_not_shown() {
        let error = SignInError::Http(HttpError::Unreachable {
            host: "a.example".to_owned(),
            reason: "a.example has a private address".to_owned(),
        });
        assert_eq!(error.to_string(), "a.example cannot be reached.");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
}
