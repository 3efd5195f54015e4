//! The errors of a call.

use std::time::Duration;

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode};
use lexicon_runtime::Violations;

use crate::retry::is_transient;
use crate::retry_after::retry_after;

/// The cause of an error, whatever its type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A call that did not succeed. `E` is the error enum of the method.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError<E> {
    /// The server returned an error that the lexicon of the method declares. The variant of `E` for
    /// other names, `Other`, does not occur here: those are [`CallError::Xrpc`].
    #[error("{0}")]
    Declared(E),
    /// The server returned an error that the lexicon does not declare, such as `AuthRequired` or
    /// `RateLimitExceeded`.
    #[error(transparent)]
    Xrpc(Box<ErrorResponse>),
    /// The server, or a proxy before it, returned a status other than 2xx without an XRPC error.
    #[error(transparent)]
    UnexpectedStatus(Box<UnexpectedStatus>),
    /// The response does not match the lexicon.
    #[error(transparent)]
    InvalidResponse(InvalidResponse),
    /// The parameters, the input or a header break the lexicon. Nothing was sent.
    #[error("the request was not sent, since it is invalid: {0}")]
    InvalidRequest(Violations),
    /// The credential could not be obtained, or cannot be part of a header. Nothing was sent.
    #[error("the request was not sent, since its credential is not available")]
    Credential(#[source] BoxError),
    /// There was no response, or not all of it.
    #[error(transparent)]
    Transport(TransportError),
}

impl<E> CallError<E> {
    /// Whether the same request may succeed later. The caller decides whether it may be
    /// repeated: a procedure may have been carried out although its response was lost.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Xrpc(error) => is_transient(error.status),
            Self::UnexpectedStatus(error) => is_transient(error.status),
            Self::Transport(error) => error.is_retryable(),
            Self::Declared(_)
            | Self::InvalidResponse(_)
            | Self::InvalidRequest(_)
            | Self::Credential(_) => false,
        }
    }
}

/// An XRPC error that the lexicon of the method does not declare.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the server answered with status {}: {error}{}", status.as_u16(), suffix(message.as_deref()))]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The status of the response.
    pub status: StatusCode,
    /// The name of the error.
    pub error: String,
    /// The message for a person.
    pub message: Option<String>,
    /// The headers of the response.
    pub headers: HeaderMap,
    /// The server's id of the request, from the header `X-Request-Id`.
    pub request_id: Option<String>,
}

impl ErrorResponse {
    /// How long the server asks its clients to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers)
    }
}

/// A response with a status other than 2xx and without an XRPC error: the error page of a proxy, a
/// redirect (which is not followed), or a server that speaks something else.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.describe())]
#[non_exhaustive]
pub struct UnexpectedStatus {
    /// The status of the response.
    pub status: StatusCode,
    /// The headers of the response.
    pub headers: HeaderMap,
    /// The beginning of the body, at most 64 KiB.
    pub body: Vec<u8>,
    /// The id of the request, from the header `X-Request-Id`.
    pub request_id: Option<String>,
}

impl UnexpectedStatus {
    /// How long the server asks its clients to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers)
    }

    fn describe(&self) -> String {
        let header = |name| self.headers.get(name).and_then(|value| value.to_str().ok());
        let status = self.status.as_u16();
        if self.status.is_redirection() && header(LOCATION).is_some() {
            return format!(
                "the server answered with status {status}, a redirect, which is not followed"
            );
        }
        let body = match header(CONTENT_TYPE) {
            _ if self.body.is_empty() => "no body",
            None => "a body of unknown type",
            Some(content_type) => &format!("a body of type {content_type}"),
        };
        format!("the server answered with status {status} and {body}, not with an XRPC error")
    }
}

/// How a response breaks the lexicon of its method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidResponse {
    /// The body has another content type than the lexicon declares.
    #[error("the response is invalid: expected content type {expected}, found {}", found.as_deref().unwrap_or("none"))]
    ContentType {
        /// The declared content type; it may be a glob.
        expected: &'static str,
        /// That of the response.
        found: Option<String>,
    },
    /// The body is compressed, which was not asked for.
    #[error("the response is invalid: expected no content coding, found {0}")]
    ContentCoding(String),
    /// There is no body.
    #[error("the response is invalid: expected a body of type {expected}, found none")]
    Empty {
        /// The declared content type; it may be a glob.
        expected: &'static str,
    },
    /// The body is larger than the client accepts.
    #[error("the response is larger than {limit} bytes, the limit of this client")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The body is malformed, or breaks the schema. The places start with `output`.
    #[error("the response is invalid: {0}")]
    Schema(Violations),
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// There is no connection to the server: nothing was sent. Retryable.
    #[error("could not connect to the server")]
    Connect(#[source] BoxError),
    /// The response was not complete in time. Retryable.
    #[error("the response was not complete in time")]
    Timeout(#[source] BoxError),
    /// The connection broke before the response was complete. Retryable.
    #[error("the connection broke before the response was complete")]
    Interrupted(#[source] BoxError),
    /// The request could not be sent for another reason. Not retryable.
    #[error("the request could not be sent")]
    Other(#[source] BoxError),
}

impl TransportError {
    /// Whether the same request may succeed later: always but for [`TransportError::Other`].
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Timeout(_) | Self::Interrupted(_) => true,
            Self::Other(_) => false,
        }
    }
}

impl From<reqwest::Error> for TransportError {
    fn from(error: reqwest::Error) -> Self {
        // The parameters of a query are in its URL, and must not reach a log.
        let error = error.without_url();
        if error.is_connect() {
            Self::Connect(error.into())
        } else if error.is_timeout() {
            Self::Timeout(error.into())
        } else if error.is_builder() {
            Self::Other(error.into())
        } else {
            Self::Interrupted(error.into())
        }
    }
}

fn suffix(message: Option<&str>) -> String {
    message
        .map(|message| format!(": {message}"))
        .unwrap_or_default()
}
