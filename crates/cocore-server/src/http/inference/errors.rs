//! Errors of authentication in the envelopes of inference.

use std::time::Duration;

use cocore_gateway::GatewayError;
use cocore_gateway::error::ErrorCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use xrpc_server::{StatusCode, XrpcError};

/// Returns an error of a method as one of a call.
pub(super) fn gateway_error(error: XrpcError) -> GatewayError {
    let code = match error.status() {
        StatusCode::UNAUTHORIZED => ErrorCode::InvalidApiKey,
        StatusCode::FORBIDDEN => ErrorCode::InsufficientScope,
        StatusCode::TOO_MANY_REQUESTS => ErrorCode::RateLimitExceeded,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::TooLarge,
        status if status.is_client_error() => ErrorCode::InvalidRequest,
        _ => ErrorCode::Unavailable,
    };
    let message = error.body().message.clone().unwrap_or_default();
    let answer = error.into_response();
    let mut converted = GatewayError::new(code, message);
    for (name, value) in answer.headers() {
        if name == RETRY_AFTER {
            let seconds = value.to_str().ok().and_then(|text| text.parse().ok());
            converted.retry_after = seconds.map(Duration::from_secs);
        } else if name != CONTENT_TYPE {
            converted = converted.with_header(name.clone(), value.clone());
        }
    }
    converted
}
