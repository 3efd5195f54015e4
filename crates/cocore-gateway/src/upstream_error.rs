//! An error of an upstream, in the envelope of the client's dialect: its status, code, type and parameter are kept.

use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{ErrorCode, GatewayError};
use crate::route::Dialect;

/// The longest text that is taken over from an answer that is no JSON, in characters.
const MAX_TEXT: usize = 300;

/// Errors as upstreams send them: in an envelope of either dialect, or, as some frameworks do, as a message.
#[derive(Deserialize)]
struct Body {
    error: Option<Value>,
    message: Option<Value>,
    detail: Option<Value>,
    #[serde(rename = "type")]
    kind: Option<Value>,
    param: Option<Value>,
    code: Option<Value>,
}

/// Whether an answer with this status can be handed on as an error of the call. An upstream that refuses the key of this
/// server says nothing of the client's.
pub(crate) fn is_of_call(status: StatusCode) -> bool {
    let is_refusal = matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::PROXY_AUTHENTICATION_REQUIRED
    );
    (status.is_client_error() && !is_refusal) || status.is_server_error()
}

/// The error for an answer that cannot be handed on.
pub(crate) fn unusable(status: StatusCode) -> GatewayError {
    let message = match status {
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            "the upstream does not accept the key of this server"
        }
        _ => "the answer of the upstream cannot be understood",
    };
    GatewayError::new(ErrorCode::UpstreamError, message).no_retry()
}

/// The error for an upstream that takes too long: what took so long once would do so twice more.
pub(crate) fn late() -> GatewayError {
    let message = "the upstream took too long";
    GatewayError::new(ErrorCode::UpstreamTimeout, message).no_retry()
}

/// Returns the body of an error in a dialect. A body that is in its envelope stays as it is, to the byte.
pub(crate) fn envelope(dialect: Dialect, status: StatusCode, body: Bytes) -> Bytes {
    let Ok(parsed) = serde_json::from_slice::<Body>(&body) else {
        let text = std::str::from_utf8(&body).unwrap_or_default().trim();
        let is_plain = !text.is_empty() && !text.starts_with('<');
        let message = match is_plain {
            true => text.chars().take(MAX_TEXT).collect(),
            false => format!("the upstream answered with status {}", status.as_u16()),
        };
        return write(dialect, status, &Value::from(message), Parts::default());
    };
    let is_error_type = parsed.kind.as_ref().and_then(Value::as_str) == Some("error");
    if let Some(Value::Object(error)) = &parsed.error {
        let is_in_envelope = match dialect {
            Dialect::OpenAi => !is_error_type,
            Dialect::Anthropic => is_error_type,
        };
        if is_in_envelope {
            return body;
        }
        let parts = Parts {
            kind: error.get("type"),
            param: error.get("param"),
            code: error.get("code"),
        };
        let message = error.get("message").unwrap_or(&Value::Null);
        return write(dialect, status, message, parts);
    }
    let parts = Parts {
        kind: parsed.kind.as_ref(),
        param: parsed.param.as_ref(),
        code: parsed.code.as_ref(),
    };
    let messages = [&parsed.error, &parsed.message, &parsed.detail];
    let message = messages.into_iter().flatten().next();
    write(dialect, status, message.unwrap_or(&Value::Null), parts)
}

/// What an error says beside its message.
#[derive(Clone, Copy, Default)]
struct Parts<'e> {
    kind: Option<&'e Value>,
    param: Option<&'e Value>,
    code: Option<&'e Value>,
}

fn write(dialect: Dialect, status: StatusCode, message: &Value, parts: Parts<'_>) -> Bytes {
    let message = match message {
        Value::String(text) => text.clone(),
        Value::Null => format!("the upstream answered with status {}", status.as_u16()),
        other => other.to_string(),
    };
    let kind = parts.kind.and_then(Value::as_str);
    let body = match dialect {
        Dialect::OpenAi => {
            let kind = kind.unwrap_or(match status.is_server_error() {
                true => "server_error",
                false => "invalid_request_error",
            });
            json!({ "error": {
                "message": message, "type": kind, "param": parts.param, "code": parts.code,
            }})
        }
        Dialect::Anthropic => {
            let kind = kind.unwrap_or(match status.as_u16() {
                404 => "not_found_error",
                413 => "request_too_large",
                429 => "rate_limit_error",
                503 | 529 => "overloaded_error",
                500.. => "api_error",
                _ => "invalid_request_error",
            });
            json!({ "type": "error", "error": {
                "type": kind, "message": message, "param": parts.param, "code": parts.code,
            }})
        }
    };
    body.to_string().into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_an_upstream_says_is_kept() {
        let openai = r#"{"error":{"message":"m","type":"t","param":"p","code":7}}"#;
        let anthropic = r#"{"type":"error","error":{"type":"t","message":"m"}}"#;
        for (dialect, status, body, expected) in [
            (Dialect::OpenAi, 400, openai, openai),
            (Dialect::Anthropic, 400, anthropic, anthropic),
            (
                Dialect::Anthropic,
                400,
                openai,
                r#"{"error":{"code":7,"message":"m","param":"p","type":"t"},"type":"error"}"#,
            ),
            (
                Dialect::OpenAi,
                400,
                anthropic,
                r#"{"error":{"code":null,"message":"m","param":null,"type":"t"}}"#,
            ),
            (
                Dialect::OpenAi,
                404,
                r#"{"detail":"Not Found"}"#,
                r#"{"error":{"code":null,"message":"Not Found","param":null,"type":"invalid_request_error"}}"#,
            ),
            (
                Dialect::OpenAi,
                400,
                r#"{"object":"error","message":"m","type":"Bad","param":null,"code":400}"#,
                r#"{"error":{"code":400,"message":"m","param":null,"type":"Bad"}}"#,
            ),
            (
                Dialect::OpenAi,
                500,
                r#"{"error":"boom"}"#,
                r#"{"error":{"code":null,"message":"boom","param":null,"type":"server_error"}}"#,
            ),
            (
                Dialect::Anthropic,
                429,
                "slow down",
                r#"{"error":{"code":null,"message":"slow down","param":null,"type":"rate_limit_error"},"type":"error"}"#,
            ),
            (
                Dialect::OpenAi,
                502,
                "<html>nginx</html>",
                r#"{"error":{"code":null,"message":"the upstream answered with status 502","param":null,"type":"server_error"}}"#,
            ),
            (
                Dialect::OpenAi,
                500,
                "",
                r#"{"error":{"code":null,"message":"the upstream answered with status 500","param":null,"type":"server_error"}}"#,
            ),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let found = envelope(dialect, status, Bytes::copy_from_slice(body.as_bytes()));
            assert_eq!(found, expected, "{body}");
        }
    }
}
