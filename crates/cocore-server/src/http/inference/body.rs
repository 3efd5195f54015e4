//! The body of a call, within bounds.

use std::pin::pin;
use std::time::Duration;

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use actix_web::web::{Bytes, Payload};
use cocore_gateway::GatewayError;
use cocore_gateway::error::ErrorCode;
use futures_util::StreamExt;
use xrpc_server::BodyError;

use crate::body_budget::BodyPermit;
use crate::errors::RETRY_DELAY;

/// How long a body may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads a body, and returns it with its part of the memory for bodies, which is taken as the body comes.
///
/// # Errors
/// `request_too_large`; `invalid_request` if it is compressed, or does not arrive; `service_unavailable` while bodies of
/// other calls take all memory for them.
pub(super) async fn read_body(
    headers: &HeaderMap,
    payload: Payload,
    max: usize,
    mut permit: BodyPermit,
) -> Result<(Bytes, BodyPermit), GatewayError> {
    let too_large = || {
        let message = format!("the body is larger than {max} bytes");
        GatewayError::new(ErrorCode::TooLarge, message)
    };
    let invalid = |message: &str| GatewayError::new(ErrorCode::InvalidRequest, message);
    if let Some(encoding) = headers.get(CONTENT_ENCODING)
        && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(invalid(
            "the body is compressed: expected no Content-Encoding",
        ));
    }
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > max) {
        return Err(too_large());
    }
    let full = || {
        let message = "the bodies of other calls take all memory for them: try again soon";
        GatewayError::new(ErrorCode::Unavailable, message).with_retry_after(RETRY_DELAY)
    };
    let mut bytes = Vec::new();
    let mut body = pin!(xrpc_actix::body(payload, BODY_TIMEOUT));
    while let Some(part) = body.next().await {
        let part = part.map_err(|error| match error {
            BodyError::TimedOut { .. } => invalid("the body did not arrive in time"),
            _ => invalid("the body did not arrive"),
        })?;
        if bytes.len() + part.len() > max {
            return Err(too_large());
        }
        // Once as it comes, and once as it is sent.
        if !permit.grow(part.len() * 2) {
            return Err(full());
        }
        bytes.extend_from_slice(&part);
    }
    Ok((bytes.into(), permit))
}
