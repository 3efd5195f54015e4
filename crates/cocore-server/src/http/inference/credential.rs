//! The credential of a call: `Authorization`, or `X-Api-Key`, which Anthropic's clients send.

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use cocore_gateway::GatewayError;
use cocore_gateway::error::ErrorCode;
use http::header::WWW_AUTHENTICATE;

use crate::authentication::Credential;
use crate::errors::INVALID_TOKEN;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Returns the credential.
///
/// # Errors
/// `invalid_api_key`: the two headers differ.
pub(super) fn credential(headers: &HeaderMap) -> Result<Credential<'_>, GatewayError> {
    let values = |name| headers.get_all(name).map(HeaderValue::as_bytes);
    let bearer = Credential::parse(values(AUTHORIZATION));
    // A variable that is set to nothing is sent as an empty header.
    let keys = values(API_KEY).filter(|value| !value.is_empty());
    let key = Credential::parse_key(keys);
    match (bearer, key) {
        (Credential::None, key) => Ok(key),
        (bearer, Credential::None) => Ok(bearer),
        (bearer, key) if bearer == key && bearer != Credential::Invalid => Ok(bearer),
        _ => {
            let message = "the headers Authorization and X-Api-Key hold different credentials: expected one of them";
            let error = GatewayError::new(ErrorCode::InvalidApiKey, message);
            Err(error.with_header(WWW_AUTHENTICATE, INVALID_TOKEN))
        }
    }
}
