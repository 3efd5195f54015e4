use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use lexicon_runtime::{ErrorBody, MethodError, Violation, Violations};

/// An error answer: a status, a name, a message, and headers.
/// Source: <https://atproto.com/specs/xrpc>, "Error Responses".
///
/// The constructors have the names and statuses that XRPC gives to errors of every method. An error that
/// a method declares is a variant of its generated enum, and gets status 400 by [`HandlerError`].
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}: {body}", .status.as_u16())]
pub struct XrpcError {
    status: StatusCode,
    body: ErrorBody,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// For the log alone.
    cause: Option<String>,
}

impl XrpcError {
    /// An error with a status, a name and a message.
    pub fn new(status: StatusCode, error: impl Into<String>, message: impl fmt::Display) -> Self {
        Self::from_body(status, ErrorBody::new(error, Some(message.to_string())))
    }

    /// An error with a status and a body.
    pub fn from_body(status: StatusCode, body: ErrorBody) -> Self {
        Self {
            status,
            body,
            headers: Vec::new(),
            cause: None,
        }
    }

    /// 400 `InvalidRequest`. The message names the place of the fault and what was expected, such as
    /// `input/name: expected ...`.
    pub fn invalid_request(message: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidRequest", message)
    }

    /// 401 `AuthRequired`, with `WWW-Authenticate: Bearer` unless another value is set.
    pub fn auth_required(message: impl fmt::Display) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "AuthRequired", message)
    }

    /// 403 `Forbidden`.
    pub fn forbidden(message: impl fmt::Display) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    /// 404 `NotFound`: a path that is not served.
    pub fn not_found(message: impl fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", message)
    }

    /// 405 `MethodNotAllowed`, with `Allow`.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        let message = format!("expected the verb {allow}");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
            .with_header(ALLOW, HeaderValue::from_static(allow))
    }

    /// 408 `RequestTimeout`.
    pub fn request_timeout(message: impl fmt::Display) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", message)
    }

    /// 413 `PayloadTooLarge`: a body of more than `limit` bytes.
    pub fn payload_too_large(limit: usize) -> Self {
        let message = format!("input: expected at most {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge", message)
    }

    /// 429 `RateLimitExceeded`, with `Retry-After` in seconds, rounded up.
    pub fn rate_limit_exceeded(retry_after: Duration, message: impl fmt::Display) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RateLimitExceeded", message)
            .retry_after(retry_after)
    }

    /// 500 `InternalServerError`. The cause is for the log: the client does not see it.
    pub fn internal(cause: impl fmt::Display) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self {
            cause: Some(cause.to_string()),
            ..Self::from_body(status, ErrorBody::new("InternalServerError", None))
        }
    }

    /// 501 `MethodNotImplemented`.
    pub fn method_not_implemented() -> Self {
        let message = "this server has no such method";
        Self::new(StatusCode::NOT_IMPLEMENTED, "MethodNotImplemented", message)
    }

    /// 503 `ServiceUnavailable`, with `Retry-After` in seconds, rounded up.
    pub fn service_unavailable(retry_after: Duration, message: impl fmt::Display) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            message,
        )
        .retry_after(retry_after)
    }

    fn retry_after(self, after: Duration) -> Self {
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        self.with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// The same error with another status.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same error with a header, which replaces one of the same name.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value));
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The name and the message.
    pub fn body(&self) -> &ErrorBody {
        &self.body
    }

    /// The cause of an internal error, for the log. The client does not see it.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The HTTP answer: JSON that is not cached.
    pub fn into_response(self) -> http::Response<Bytes> {
        self.response()
    }

    /// The HTTP answer of an error that is reported afterwards.
    pub(crate) fn response(&self) -> http::Response<Bytes> {
        // A body of two strings is always JSON.
        let bytes = serde_json::to_vec(&self.body).unwrap_or_default();
        let mut response = http::Response::new(Bytes::from(bytes));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        response
    }
}

impl From<Violations> for XrpcError {
    fn from(violations: Violations) -> Self {
        Self::invalid_request(violations)
    }
}

impl From<Violation> for XrpcError {
    fn from(violation: Violation) -> Self {
        Self::invalid_request(violation)
    }
}

/// The error of a handler whose method declares the errors `E`.
///
/// `?` and `into()` make one of a declared error, with status 400, and of an [`XrpcError`]. The errors
/// of other methods do not convert.
///
/// ```
/// # use lexicon_runtime::{ErrorBody, MethodError};
/// # #[derive(Debug)] enum PutReportError { Taken(Option<String>) }
/// # impl From<ErrorBody> for PutReportError { fn from(_: ErrorBody) -> Self { Self::Taken(None) } }
/// # impl From<PutReportError> for ErrorBody { fn from(_: PutReportError) -> Self { Self::new("Taken", None) } }
/// # impl std::fmt::Display for PutReportError { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("Taken") } }
/// # impl MethodError for PutReportError { const NAMES: &'static [&'static str] = &["Taken"]; }
/// use xrpc_server::{HandlerError, StatusCode};
///
/// let error = HandlerError::from(PutReportError::Taken(None));
/// assert_eq!(error.status(), StatusCode::BAD_REQUEST);
/// assert_eq!(error.with_status(StatusCode::CONFLICT).status(), StatusCode::CONFLICT);
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[error("{error}")]
pub struct HandlerError<E> {
    error: XrpcError,
    declared: PhantomData<fn() -> E>,
}

impl<E> HandlerError<E> {
    fn new(error: XrpcError) -> Self {
        Self {
            error,
            declared: PhantomData,
        }
    }

    /// The same error with another status.
    pub fn with_status(self, status: StatusCode) -> Self {
        Self::new(self.error.with_status(status))
    }

    /// The same error with a header, which replaces one of the same name.
    pub fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self::new(self.error.with_header(name, value))
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.error.status()
    }

    /// The name and the message.
    pub fn body(&self) -> &ErrorBody {
        self.error.body()
    }
}

impl<E: MethodError> From<E> for HandlerError<E> {
    fn from(error: E) -> Self {
        Self::new(XrpcError::from_body(StatusCode::BAD_REQUEST, error.into()))
    }
}

impl<E> From<XrpcError> for HandlerError<E> {
    fn from(error: XrpcError) -> Self {
        Self::new(error)
    }
}

impl<E> From<HandlerError<E>> for XrpcError {
    fn from(error: HandlerError<E>) -> Self {
        error.error
    }
}
