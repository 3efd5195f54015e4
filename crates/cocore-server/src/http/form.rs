//! Forms of OAuth. Errors have its names. Source: RFC 6749, section 5.2.

use actix_web::web::Payload;
use xrpc_server::{Head, StatusCode, XrpcError, read_body};

use super::methods::{BODY_TIMEOUT, MAX_BODY};

/// The content type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Reads a form.
///
/// # Errors
/// The body is no form, or too long, or does not arrive in time.
pub(super) async fn read_form(head: &Head, payload: Payload) -> Result<Vec<u8>, XrpcError> {
    let body = xrpc_actix::body(payload, BODY_TIMEOUT);
    let form = read_body(&head.headers, FORM, MAX_BODY, body).await;
    let form = form.map_err(|error| {
        let message = error.body().message.clone().unwrap_or_default();
        invalid_request(&message).with_status(error.status())
    })?;
    Ok(form.to_vec())
}

/// Returns the field `token` of a form.
///
/// # Errors
/// The field is missing, or there twice.
pub(super) fn token(form: &[u8]) -> Result<String, XrpcError> {
    let fields = url::form_urlencoded::parse(form);
    let mut tokens = fields.filter(|(name, _)| name == "token");
    match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => Ok(token.into_owned()),
        (None, _) => Err(invalid_request(
            "input/token: expected a form with this field",
        )),
        (Some(_), Some(_)) => Err(invalid_request("input/token: expected this field once")),
    }
}

/// Returns a field of a form that is `true` or `false`. It is false if it is missing.
///
/// # Errors
/// The field has another value, or is there twice.
pub(super) fn flag(form: &[u8], name: &str) -> Result<bool, XrpcError> {
    let fields = url::form_urlencoded::parse(form);
    let mut values = fields.filter(|(field, _)| field == name);
    match (
        values.next().as_ref().map(|(_, value)| &**value),
        values.next(),
    ) {
        (None | Some("false"), None) => Ok(false),
        (Some("true"), None) => Ok(true),
        _ => Err(invalid_request(&format!(
            "input/{name}: expected `true` or `false` once"
        ))),
    }
}

fn invalid_request(message: &str) -> XrpcError {
    XrpcError::new(StatusCode::BAD_REQUEST, "invalid_request", message)
}
