//! Checks API keys for other services: forward authentication and token introspection.

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use xrpc_server::{XrpcError, read_body};

use super::access_log::{VERIFY, logged};
use super::api_error::ApiError;
use super::no_store::no_store_response;
use super::route::resource;
use super::xrpc::{BODY_TIMEOUT, MAX_BODY};
use crate::authentication::{Authenticator, Credential};

const DID: HeaderName = HeaderName::from_static("x-cocore-did");
const KEY_ID: HeaderName = HeaderName::from_static("x-cocore-key-id");

/// Registers the routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    // Envoy appends the path of the caller.
    let below = web::scope(VERIFY).default_service(logged(VERIFY, web::to(verify)));
    config
        .service(resource(VERIFY).route(web::to(verify)))
        .service(below)
        .service(resource("/auth/introspect").route(web::post().to(introspect)));
}

/// Answers forward authentication (nginx `auth_request`, Envoy `ext_authz`, Caddy and Traefik): 200 with
/// the key's account, 401, or 503 while the store is unavailable.
async fn verify(
    request: HttpRequest,
    authenticator: Data<Authenticator>,
) -> Result<HttpResponse, ApiError> {
    let owner = authenticator.require_key(credential(&request)).await?;
    let header = |text: &str| HeaderValue::from_str(text);
    let (Ok(did), Ok(id)) = (
        header(owner.did.as_str()),
        header(&owner.key_id.to_string()),
    ) else {
        let message = "this account's DID does not fit into a header";
        return Err(XrpcError::auth_required(message).into());
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((DID, did))
        .insert_header((KEY_ID, id))
        .finish())
}

/// The content type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

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
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

/// Answers token introspection, RFC 7662, for callers that authenticate with a key of their own.
async fn introspect(
    request: HttpRequest,
    authenticator: Data<Authenticator>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    authenticator.require_key(credential(&request)).await?;
    let head = xrpc_actix::head(&request);
    let body = xrpc_actix::body(payload, BODY_TIMEOUT);
    let form = read_body(&head.headers, FORM, MAX_BODY, body).await?;
    let token = url::form_urlencoded::parse(&form).find(|(name, _)| name == "token");
    let Some((_, token)) = token else {
        let message = "input/token: expected a form with this field";
        return Err(XrpcError::invalid_request(message).into());
    };
    let owner = authenticator.verify_key(&token).await?;
    let claims = owner.as_ref().map(|owner| Claims {
        sub: owner.did.as_str(),
        jti: owner.key_id.to_string(),
        iat: owner.created_at.timestamp(),
        token_type: "Bearer",
        exp: owner.expires_at.map(|at| at.timestamp()),
    });
    let active = claims.is_some();
    Ok(no_store_response(&Introspection { active, claims }))
}

fn credential(request: &HttpRequest) -> Credential<'_> {
    let values = request.headers().get_all(AUTHORIZATION);
    Credential::parse(values.map(|value| value.as_bytes()))
}
