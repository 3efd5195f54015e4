//! Errors of authentication in the envelopes of inference.

use cocore_gateway::GatewayError;
use cocore_gateway::error::ErrorCode;
use http::header::CONTENT_TYPE;
use xrpc_server::{StatusCode, XrpcError};

/// Returns an error of a method as one of a call.
pub(super) fn gateway_error(error: XrpcError) -> GatewayError {
    let code = match error.status() {
        StatusCode::UNAUTHORIZED => ErrorCode::InvalidApiKey,
        StatusCode::FORBIDDEN => ErrorCode::InsufficientScope,
        StatusCode::TOO_MANY_REQUESTS => ErrorCode::RateLimitExceeded,
        _ => ErrorCode::Unavailable,
    };
    let message = error.body().message.clone().unwrap_or_default();
    let answer = error.into_response();
    let mut converted = GatewayError::new(code, message);
    for (name, value) in answer.headers() {
        if name != CONTENT_TYPE {
            converted = converted.with_header(name.clone(), value.clone());
        }
    }
    converted
}
