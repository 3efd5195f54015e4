//! Errors of the resolver.

use crate::did::Did;
use crate::did_document::InvalidDidDocument;
use crate::handle::Handle;
use crate::http_error::HttpError;

/// Why a DID or a handle could not be resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The method of the DID is neither plc nor web, or its identifier breaks the rules of the method.
    #[error("{did} is not supported: expected a did:plc, or the did:web of a public host name")]
    UnsupportedDid {
        /// The DID.
        did: Did,
    },
    /// The directory, or the host of the DID, answered that there is no document.
    #[error("{did} has no DID document")]
    DidNotFound {
        /// The DID.
        did: Did,
    },
    /// The document cannot be used.
    #[error("{did}: {source}")]
    InvalidDocument {
        /// The DID.
        did: Did,
        /// The cause.
        source: InvalidDidDocument,
    },
    /// Neither the host of the handle nor the handle resolver names a DID for it.
    #[error("there is no account with the handle {handle}")]
    HandleNotFound {
        /// The handle.
        handle: Handle,
    },
    /// The handle names an account whose document does not name the handle.
    #[error("the account with the handle {handle} does not use that handle")]
    HandleMismatch {
        /// The handle.
        handle: Handle,
    },
    /// A request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl ResolveError {
    /// Returns whether the same resolution may succeed later, because a server could not answer now.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Http(error) => error.is_temporary(),
            _ => false,
        }
    }

    /// Returns whether no request was sent because too many are in flight.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Http(HttpError::Busy { .. }))
    }
}
