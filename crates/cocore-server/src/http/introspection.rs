//! Token introspection for other services. Its errors have OAuth's names, in the body that all errors have.
//! Sources: RFC 7662; RFC 6749, section 5.2; RFC 6750, section 3.

use std::borrow::Cow;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cocore_keys::VerifiedKey;
use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;
use serde::Serialize;
use xrpc_server::{StatusCode, XrpcError};

use super::access_log::record_caller;
use super::api_error::ApiError;
use super::credential::{credential, set_authenticated};
use super::form::{read_form, token};
use super::no_store::no_store_response;
use super::verify_settings::{VerifySettings, scopes_text};
use crate::authentication::{Authenticator, Credential};
use crate::errors::INVALID_TOKEN;
use crate::principal::Principal;

/// The schemes by which a caller can authenticate.
const SCHEMES: HeaderValue = HeaderValue::from_static("Bearer, Basic realm=\"cocore\"");
const BASIC: HeaderValue = HeaderValue::from_static("Basic realm=\"cocore\"");

/// The answer about a token. Source: RFC 7662, section 2.2.
#[derive(Serialize)]
struct Introspection<'a> {
    active: bool,
    #[serde(flatten)]
    claims: Option<Claims<'a>>,
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    jti: String,
    iat: i64,
    token_type: &'static str,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

/// Answers token introspection, RFC 7662, for callers that authenticate with a key of their own.
pub(super) async fn introspect(
    request: HttpRequest,
    authenticator: Data<Authenticator>,
    settings: Data<VerifySettings>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = authenticate(credential(&request), &authenticator).await?;
    set_authenticated(&request);
    let account = caller.did.to_string();
    record_caller(&request, Principal::from(caller));
    let token = token(&read_form(&xrpc_actix::head(&request), payload).await?)?;
    let owner = authenticator.verify_key(&token).await?;
    let owner = owner.filter(|owner| settings.may_introspect(&account, owner.did.as_str()));
    let claims = owner.as_ref().map(|owner| Claims {
        sub: owner.did.as_str(),
        jti: owner.key_id.to_string(),
        iat: owner.created_at.timestamp(),
        token_type: "Bearer",
        scope: scopes_text(&owner.access),
        exp: owner.expires_at.map(|at| at.timestamp()),
    });
    let active = claims.is_some();
    Ok(no_store_response(&Introspection { active, claims }))
}

/// Authenticates the caller by a key: as a bearer, or as the password of HTTP Basic.
async fn authenticate(
    credential: Credential<'_>,
    authenticator: &Authenticator,
) -> Result<VerifiedKey, XrpcError> {
    let (key, error, challenge) = match credential {
        Credential::Key(key) => (Some(Cow::Borrowed(key)), "invalid_token", INVALID_TOKEN),
        Credential::Token(_) | Credential::Invalid => (None, "invalid_token", INVALID_TOKEN),
        Credential::Basic(encoded) => (password(encoded).map(Cow::Owned), "invalid_client", BASIC),
        Credential::None | Credential::OtherScheme => (None, "invalid_client", SCHEMES),
    };
    if let Some(key) = key
        && let Some(caller) = authenticator.verify_key(&key).await?
    {
        return Ok(caller);
    }
    let message = "expected a valid API key: as a bearer, or as the password of HTTP Basic";
    let error = XrpcError::new(StatusCode::UNAUTHORIZED, error, message);
    Err(error.with_header(WWW_AUTHENTICATE, challenge))
}

/// The password of HTTP Basic. Source: RFC 7617, section 2.
fn password(encoded: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (_, password) = text.split_once(':')?;
    Some(password.to_owned())
}
