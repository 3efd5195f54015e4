//! The answers of hosts, and errors, as answers of the record proxy. The name of an error says whether the key, the
//! account's owner, the host or this server has to change something.

use cocore_oauth::{PdsAnswer, SessionError};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use lexicon_runtime::{Options, Validate, json};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use xrpc_server::XrpcError;

use crate::errors::RETRY_DELAY;

/// The longest text of a host that is passed on, in characters.
const MAX_TEXT: usize = 300;
/// The longest name of an error that is passed on, in bytes.
const MAX_NAME: usize = 100;

/// The error of XRPC.
#[derive(Deserialize)]
struct ErrorBody {
    error: String,
    #[serde(default)]
    message: Option<String>,
}

/// Reads what a host answered.
///
/// # Errors
/// The host's own error with its name and status; `PdsError` for 5xx and for what is no answer of XRPC.
pub(crate) fn output<T: Validate + DeserializeOwned>(answer: &PdsAnswer) -> Result<T, XrpcError> {
    if answer.status != StatusCode::OK {
        return Err(pds_error(answer));
    }
    let read = json::decode_lenient::<T>("answer", &answer.body, Options::default());
    let read = read.map_err(|_| unusable(answer))?;
    Ok(read.0)
}

/// The error of an answer that says nothing, whatever its status.
pub(crate) fn unusable(answer: &PdsAnswer) -> XrpcError {
    let message = format!("{} sent an answer that cannot be used", answer.host);
    XrpcError::new(StatusCode::BAD_GATEWAY, "PdsError", message)
}

/// The error of an answer that is none of success.
pub(crate) fn pds_error(answer: &PdsAnswer) -> XrpcError {
    let body = serde_json::from_slice::<ErrorBody>(&answer.body).ok();
    let body = body.filter(|body| is_name(&body.error));
    let text = body.as_ref().and_then(|body| body.message.as_deref());
    let text = text.map(cut).unwrap_or_default();
    let (PdsAnswer { host, status, .. }, number) = (answer, answer.status.as_u16());
    match body {
        Some(body) if status.is_client_error() => {
            let error = XrpcError::new(*status, body.error, text);
            match answer.retry_after {
                Some(seconds) => error.with_header(RETRY_AFTER, HeaderValue::from(seconds)),
                None => error,
            }
        }
        Some(body) => {
            let message = cut(&format!(
                "{host} answered with status {number}: {}: {text}",
                body.error
            ));
            XrpcError::new(StatusCode::BAD_GATEWAY, "PdsError", message)
        }
        None => {
            let message = format!("{host} answered with status {number}");
            XrpcError::new(StatusCode::BAD_GATEWAY, "PdsError", message)
        }
    }
}

/// The error of a call that has no answer.
pub(super) fn session_error(error: &SessionError, page: &str) -> XrpcError {
    match error {
        SessionError::NotConnected | SessionError::Moved => sign_in_required(page),
        SessionError::Timeout { .. } => {
            XrpcError::new(StatusCode::GATEWAY_TIMEOUT, "PdsTimeout", unknown(error))
        }
        SessionError::Interrupted { .. } => {
            XrpcError::new(StatusCode::BAD_GATEWAY, "PdsError", unknown(error))
        }
        SessionError::Unreachable { .. } | SessionError::InvalidAnswer { .. } => {
            XrpcError::new(StatusCode::BAD_GATEWAY, "PdsError", error)
        }
        _ => XrpcError::service_unavailable(RETRY_DELAY, format!("{error}: try again soon")),
    }
}

fn unknown(error: &SessionError) -> String {
    format!("{error}: whether it has done what was asked is not known")
}

/// The error of an answer with status 401: it is not the key of the caller that is rejected.
pub(super) fn rejected(answer: &PdsAnswer, page: &str) -> XrpcError {
    if !answer.is_about_account() {
        return sign_in_required(page);
    }
    let error = pds_error(answer);
    let (name, message) = (error.body().error.clone(), error.body().message.clone());
    XrpcError::new(StatusCode::FORBIDDEN, name, message.unwrap_or_default())
}

/// 403: the person has to connect the record proxy.
pub(super) fn sign_in_required(page: &str) -> XrpcError {
    let message = format!(
        "this account has not connected the record proxy, or its host has revoked the connection: connect it at {page}"
    );
    XrpcError::new(StatusCode::FORBIDDEN, "SignInRequired", message)
}

/// 403: the person has granted less.
pub(super) fn not_granted(page: &str) -> XrpcError {
    let message = format!(
        "this account has not granted this to the record proxy: connect it again at {page}"
    );
    XrpcError::new(StatusCode::FORBIDDEN, "SignInRequired", message)
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The beginning of a text, without control characters.
fn cut(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(MAX_TEXT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cocore_oauth::PdsAnswer;

    fn error(status: u16, body: &str) -> (u16, String, String) {
        let status = StatusCode::from_u16(status).unwrap();
        let answer = PdsAnswer::new(status, body.as_bytes().to_vec(), "pds.example");
        let error = pds_error(&answer);
        let body = error.body();
        let message = body.message.clone().unwrap_or_default();
        (error.status().as_u16(), body.error.clone(), message)
    }

    #[test]
    fn the_name_and_the_status_of_a_host_come_through() {
        for (status, body, expected) in [
            (
                400,
                r#"{"error":"InvalidSwap","message":"Record was at bafy"}"#,
                (400, "InvalidSwap", "Record was at bafy"),
            ),
            (
                429,
                r#"{"error":"RateLimitExceeded"}"#,
                (429, "RateLimitExceeded", ""),
            ),
            (
                400,
                "<html>",
                (502, "PdsError", "pds.example answered with status 400"),
            ),
            (
                400,
                r#"{"error":"<b>","message":"x"}"#,
                (502, "PdsError", "pds.example answered with status 400"),
            ),
            (
                503,
                r#"{"error":"NotAvailable","message":"a\r\nb"}"#,
                (
                    502,
                    "PdsError",
                    "pds.example answered with status 503: NotAvailable: ab",
                ),
            ),
            (
                302,
                "",
                (502, "PdsError", "pds.example answered with status 302"),
            ),
        ] {
            let found = error(status, body);
            assert_eq!((found.0, &found.1[..], &found.2[..]), expected, "{body}");
        }
        let long = format!(r#"{{"error":"Long","message":"{}"}}"#, "é".repeat(1000));
        for status in [400, 500] {
            assert_eq!(error(status, &long).2.chars().count(), MAX_TEXT);
        }
    }
}
