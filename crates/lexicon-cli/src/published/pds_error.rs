//! Why a call of an account's server failed.

use atproto_resolver::HttpError;
use thiserror::Error;

/// Why a call of the personal data server failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PdsError {
    /// The request failed.
    #[error("{method}: {source}")]
    Http {
        /// The method.
        method: &'static str,
        /// The cause.
        source: HttpError,
    },
    /// The server rejected the request.
    #[error("{method}: status {status}, {error}: {message}")]
    Rejected {
        /// The method.
        method: &'static str,
        /// The status.
        status: u16,
        /// The name of the error.
        error: String,
        /// The server's message.
        message: String,
    },
    /// The answer is not what the method returns.
    #[error("{method}: {reason}")]
    InvalidAnswer {
        /// The method.
        method: &'static str,
        /// The cause.
        reason: String,
    },
}
