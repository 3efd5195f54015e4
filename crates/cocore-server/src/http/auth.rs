//! Checks API keys for other services by forward authentication, and the routes of what else they need: token
//! introspection and revocation.

use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use cocore_keys::{Access, Permission};
use xrpc_server::XrpcError;

use super::access_log::{VERIFY, logged, record_frequent_caller};
use super::api_error::ApiError;
use super::credential::{credential, set_authenticated};
use super::introspection::introspect;
use super::revocation::revoke;
use super::route::{WRITE, resource};
use super::verify_settings::{VerifySettings, scopes_text};
use crate::authentication::{Authenticator, Credential};
use crate::errors::{insufficient_scope, invalid_scope};
use crate::principal::Principal;

const DID: HeaderName = HeaderName::from_static("x-cocore-did");
const KEY_ID: HeaderName = HeaderName::from_static("x-cocore-key-id");
const SCOPES: HeaderName = HeaderName::from_static("x-cocore-scopes");
/// The header of the key, if the operator chose it.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Registers the routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    // Envoy appends the path of the caller.
    let below = web::scope(VERIFY).default_service(logged(VERIFY, web::to(verify)));
    config
        .service(web::resource(VERIFY).route(logged(VERIFY, web::to(verify))))
        .service(below)
        .service(resource("/auth/introspect", WRITE).route(web::post().to(introspect)))
        .service(resource("/auth/revoke", WRITE).route(web::post().to(revoke)));
}

/// Answers forward authentication (nginx `auth_request`, Envoy `ext_authz`, Caddy and Traefik): 200 with
/// the key's account, 401, 403 if the key does not have every scope that the query asks for, or 503 while the store is
/// unavailable.
async fn verify(
    request: HttpRequest,
    authenticator: Data<Authenticator>,
    settings: Data<VerifySettings>,
) -> Result<HttpResponse, ApiError> {
    let presented = if settings.reads_api_key_header {
        let values = request.headers().get_all(API_KEY);
        Credential::parse_key(values.map(HeaderValue::as_bytes))
    } else {
        credential(&request)
    };
    let owner = authenticator.require_key(presented).await?;
    set_authenticated(&request);
    record_frequent_caller(&request, || Principal::from(owner.clone()));
    // Envoy appends the path of the client, and its query: those ask for nothing.
    if request.path() == VERIFY {
        check_scopes(request.query_string(), &owner.access)?;
    }
    let header = |text: &str| HeaderValue::from_str(text);
    let scopes = scopes_text(&owner.access);
    let (Ok(did), Ok(id), Ok(scopes)) = (
        header(owner.did.as_str()),
        header(&owner.key_id.to_string()),
        header(scopes),
    ) else {
        let message = "this account's DID does not fit into a header";
        return Err(XrpcError::auth_required(message).into());
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((DID, did))
        .insert_header((KEY_ID, id))
        .insert_header((SCOPES, scopes))
        .finish())
}

/// Checks that a key has every scope that a query asks for.
fn check_scopes(query: &str, access: &Access) -> Result<(), XrpcError> {
    if query.is_empty() {
        return Ok(());
    }
    let fields = url::form_urlencoded::parse(query.as_bytes());
    for (_, scope) in fields.filter(|(name, _)| name == "scope") {
        let permission = Permission::parse(&scope).map_err(|error| invalid_scope(&error))?;
        if !access.allows(&permission) {
            return Err(insufficient_scope(&permission.to_string()));
        }
    }
    Ok(())
}
