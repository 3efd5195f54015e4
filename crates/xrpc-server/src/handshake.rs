use http::header::{CONNECTION, HeaderName, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderValue, Method, StatusCode};

use crate::error::XrpcError;
use crate::head::Head;

/// Checks that a request is the handshake of a WebSocket. Source: RFC 6455, section 4.2.1.
pub(crate) fn check(head: &Head) -> Result<(), XrpcError> {
    if head.method != Method::GET {
        return Err(XrpcError::method_not_allowed("GET"));
    }
    let is_handshake = has_token(head, CONNECTION, "upgrade")
        && has_token(head, UPGRADE, "websocket")
        && head.headers.contains_key(SEC_WEBSOCKET_KEY)
        && head.header("sec-websocket-version") == Some("13");
    if is_handshake {
        return Ok(());
    }
    let message = "this is a subscription: expected the handshake of a WebSocket";
    Err(
        XrpcError::new(StatusCode::UPGRADE_REQUIRED, "UpgradeRequired", message)
            .with_header(UPGRADE, HeaderValue::from_static("websocket"))
            .with_header(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
    )
}

/// Whether a list of tokens has one, in any case.
fn has_token(head: &Head, name: HeaderName, token: &str) -> bool {
    let values = head.headers.get_all(name).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|found| found.trim().eq_ignore_ascii_case(token))
}
