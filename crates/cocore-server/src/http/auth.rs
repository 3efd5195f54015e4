//! Checks API keys for other services: forward authentication and token introspection.

use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use xrpc_server::XrpcError;

use super::access_log::{VERIFY, logged, record_frequent_caller};
use super::api_error::ApiError;
use super::credential::{credential, set_authenticated};
use super::introspection::introspect;
use super::route::{WRITE, resource};
use crate::authentication::Authenticator;
use crate::principal::Principal;

const DID: HeaderName = HeaderName::from_static("x-cocore-did");
const KEY_ID: HeaderName = HeaderName::from_static("x-cocore-key-id");

/// Registers the routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    // Envoy appends the path of the caller.
    let below = web::scope(VERIFY).default_service(logged(VERIFY, web::to(verify)));
    config
        .service(web::resource(VERIFY).route(logged(VERIFY, web::to(verify))))
        .service(below)
        .service(resource("/auth/introspect", WRITE).route(web::post().to(introspect)));
}

/// Answers forward authentication (nginx `auth_request`, Envoy `ext_authz`, Caddy and Traefik): 200 with
/// the key's account, 401, or 503 while the store is unavailable.
async fn verify(
    request: HttpRequest,
    authenticator: Data<Authenticator>,
) -> Result<HttpResponse, ApiError> {
    let owner = authenticator.require_key(credential(&request)).await?;
    set_authenticated(&request);
    record_frequent_caller(&request, || Principal::from(owner.clone()));
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
