//! Errors of the HTTP client.

/// Why a request has no usable response. The texts name the host, and nothing that its server sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The client could not be built, for example because the machine has no root certificates.
    #[error("the HTTP client cannot be set up: {reason}")]
    Setup {
        /// The cause.
        reason: String,
    },
    /// The text is not a URL, or the client may not connect to it.
    #[error("expected an https URL with a public host name")]
    ForbiddenUrl,
    /// Too many requests are in flight: to the host, on behalf of the same client, or in all.
    #[error("too many requests are under way to ask {host} too")]
    Busy {
        /// The host of the URL.
        host: String,
    },
    /// The response did not arrive within the time-out.
    #[error("{host} did not answer in time")]
    Timeout {
        /// The host of the URL.
        host: String,
    },
    /// The connection failed, or the host has a private address.
    #[error("{host} cannot be reached: {reason}")]
    Unreachable {
        /// The host of the URL.
        host: String,
        /// The cause. It may describe the caller's own network: it belongs into a log.
        reason: String,
    },
    /// The connection broke off, or the host sent no HTTP. It may have done what the request asks for.
    #[error("the connection to {host} broke off: {reason}")]
    Interrupted {
        /// The host of the URL.
        host: String,
        /// The cause. It belongs into a log.
        reason: String,
    },
    /// The response is longer than the caller allowed.
    #[error("{host} sent more than {max_bytes} bytes")]
    TooLarge {
        /// The host of the URL.
        host: String,
        /// The limit.
        max_bytes: usize,
    },
    /// The status of the response is not 200.
    #[error("{host} answered with status {status}")]
    Status {
        /// The host of the URL.
        host: String,
        /// The status.
        status: u16,
    },
    /// The body is not the expected JSON.
    #[error("{host} sent no usable JSON")]
    InvalidJson {
        /// The host of the URL.
        host: String,
    },
}

impl HttpError {
    /// Returns whether the same request may succeed later: too many requests in flight, a time-out, a failed
    /// or broken connection, or the status 429 or 5xx.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::Timeout { .. }
            | Self::Unreachable { .. }
            | Self::Interrupted { .. } => true,
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            Self::Setup { .. }
            | Self::ForbiddenUrl
            | Self::TooLarge { .. }
            | Self::InvalidJson { .. } => false,
        }
    }
}
