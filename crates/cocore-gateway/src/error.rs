//! Errors, in the envelope of each dialect. Sources: OpenAI's API reference, "Error codes"; Anthropic's API reference,
//! "Errors".

use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderName, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use thiserror::Error;

use crate::headers::of_own;
use crate::reply::{Reply, ReplyBody};
use crate::route::Dialect;

/// Whether the clients of both dialects try again, whatever the status.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// When to try again while no upstream can take a call.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// What went wrong, by the code that clients match on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The request is not what the route takes.
    InvalidRequest,
    /// There is no valid credential.
    InvalidApiKey,
    /// The credential does not allow inference.
    InsufficientScope,
    /// There is no such model, or the key may not use it.
    ModelNotFound,
    /// There is no such route.
    NotFound,
    /// The route has another verb.
    MethodNotAllowed,
    /// The body is too large.
    TooLarge,
    /// Too many calls.
    RateLimitExceeded,
    /// A budget is spent.
    InsufficientQuota,
    /// The upstream failed, or its answer cannot be understood.
    UpstreamError,
    /// No upstream can take the call now, or there is none.
    NoUpstream,
    /// The server itself cannot take the call now.
    Unavailable,
    /// The upstream took too long.
    UpstreamTimeout,
}

impl ErrorCode {
    /// Returns the status of an answer with it.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::InvalidApiKey => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::ModelNotFound | Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RateLimitExceeded | Self::InsufficientQuota => StatusCode::TOO_MANY_REQUESTS,
            Self::UpstreamError => StatusCode::BAD_GATEWAY,
            Self::NoUpstream | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::UpstreamTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// Returns the code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidApiKey => "invalid_api_key",
            Self::InsufficientScope => "insufficient_scope",
            Self::ModelNotFound => "model_not_found",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooLarge => "request_too_large",
            Self::RateLimitExceeded => "rate_limit_exceeded",
            Self::InsufficientQuota => "insufficient_quota",
            Self::UpstreamError => "upstream_error",
            Self::NoUpstream => "no_upstream",
            Self::Unavailable => "service_unavailable",
            Self::UpstreamTimeout => "upstream_timeout",
        }
    }

    /// The kind of error in a dialect.
    const fn kind(self, dialect: Dialect) -> &'static str {
        match (self, dialect) {
            (Self::InvalidApiKey, Dialect::Anthropic) => "authentication_error",
            (Self::InsufficientScope, _) => "permission_error",
            (Self::ModelNotFound | Self::NotFound, Dialect::Anthropic) => "not_found_error",
            (Self::TooLarge, Dialect::Anthropic) => "request_too_large",
            (Self::InsufficientQuota, Dialect::OpenAi) => "insufficient_quota",
            (Self::RateLimitExceeded | Self::InsufficientQuota, _) => "rate_limit_error",
            (Self::NoUpstream | Self::Unavailable, Dialect::Anthropic) => "overloaded_error",
            (Self::UpstreamTimeout, Dialect::Anthropic) => "timeout_error",
            (
                Self::UpstreamError | Self::NoUpstream | Self::Unavailable | Self::UpstreamTimeout,
                _,
            ) => match dialect {
                Dialect::OpenAi => "server_error",
                Dialect::Anthropic => "api_error",
            },
            _ => "invalid_request_error",
        }
    }
}

/// An answer that is an error of the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct GatewayError {
    /// What went wrong.
    pub code: ErrorCode,
    /// The same in words.
    pub message: String,
    /// The member of the body that is wrong.
    pub param: Option<&'static str>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// Whether the same call would fail in the same way, or cost the same once more.
    pub is_final: bool,
    /// Further headers of the answer.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl GatewayError {
    /// An error in words.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            param: None,
            retry_after: None,
            is_final: false,
            headers: Vec::new(),
        }
    }

    /// A member of the body is wrong.
    pub(crate) fn of_member(param: &'static str, message: impl Into<String>) -> Self {
        Self {
            param: Some(param),
            ..Self::new(ErrorCode::InvalidRequest, message)
        }
    }

    /// There is no such model for the caller.
    pub(crate) fn no_model(name: &str) -> Self {
        let shown: String = name.chars().take(200).collect();
        let message =
            format!("the model {shown:?} does not exist here, or this key may not use it");
        Self {
            param: Some("model"),
            ..Self::new(ErrorCode::ModelNotFound, message)
        }
    }

    /// No upstream can take the call now; soon one may.
    pub(crate) fn not_now(message: &str) -> Self {
        Self::new(ErrorCode::NoUpstream, message).with_retry_after(RETRY_DELAY)
    }

    /// Adds when to try again.
    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Keeps clients from trying the call again, which they do of themselves for most statuses.
    #[must_use]
    pub fn no_retry(mut self) -> Self {
        self.is_final = true;
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Returns the body in a dialect.
    pub fn body(&self, dialect: Dialect) -> Value {
        let Self { code, message, .. } = self;
        let kind = code.kind(dialect);
        match dialect {
            Dialect::OpenAi => json!({ "error": {
                "message": message, "type": kind, "param": self.param, "code": code.as_str(),
            }}),
            Dialect::Anthropic => json!({ "type": "error", "error": {
                "type": kind, "message": message, "code": code.as_str(),
            }}),
        }
    }

    /// Returns the answer in a dialect.
    pub fn reply(&self, dialect: Dialect) -> Reply {
        let mut headers = of_own("application/json");
        if let Some(delay) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(delay.as_secs()));
        }
        if self.is_final {
            headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        Reply {
            status: self.code.status(),
            headers,
            body: ReplyBody::Whole(Bytes::from(self.body(dialect).to_string())),
        }
    }
}
