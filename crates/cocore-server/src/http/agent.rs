//! What clients of the older service ask first: whether this one works, and whose key they have.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use cocore_keys::Keys;
use cocore_store::Store;
use serde::Serialize;

use super::access_log::{AGENT_HEALTH, record_caller};
use super::api_error::ApiError;
use super::credential::{credential, set_authenticated};
use super::operations::short;
use super::preflight::preflight_route;
use super::response_headers::CrossOrigin;
use super::route::{READ, get, resource};
use crate::authentication::Authenticator;
use crate::errors::{invalid_bearer, unavailable};
use crate::principal::Principal;

/// Registers the routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(AGENT_HEALTH, READ).route(get().to(short)))
        .service(
            resource("/api/agent/whoami", READ)
                .app_data(CrossOrigin)
                .route(get().to(who_am_i))
                .route(preflight_route()),
        );
}

/// A key, as whoever holds it may know.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WhoAmI<'a> {
    did: &'a str,
    key_id: &'a str,
    key_name: &'a str,
    /// Always true: the answer is an error otherwise.
    valid: bool,
}

/// Answers whose key it is, whatever the key may do.
async fn who_am_i(
    request: HttpRequest,
    authenticator: Data<Authenticator>,
    keys: Data<Keys<Store>>,
) -> Result<HttpResponse, ApiError> {
    let owner = authenticator.require_key(credential(&request)).await?;
    set_authenticated(&request);
    let did = owner.did.clone();
    let key_id = owner.key_id.to_string();
    record_caller(&request, Principal::from(owner));
    let found = keys.find(did.as_str(), &key_id).await;
    let found = found.map_err(|error| unavailable(&error))?;
    // It may have been deleted meanwhile.
    let key = found.ok_or_else(invalid_bearer)?;
    let body = WhoAmI {
        did: did.as_str(),
        key_id: &key_id,
        key_name: &key.name,
        valid: true,
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(body))
}
