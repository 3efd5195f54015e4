//! What operators and other services ask of a server: its health and its DID document.

use actix_web::HttpResponse;
use actix_web::web::Data;
use cocore_keys::Keys;
use cocore_store::Store;
use serde_json::json;
use xrpc_server::XrpcError;

use super::api_error::ApiError;
use crate::errors::unavailable;
use crate::service_identity::ServiceIdentity;

/// Answers `/livez`: the process runs. A supervisor restarts a process that does not answer.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "version": env!("CARGO_PKG_VERSION") }))
}

/// Answers `_health`: the server and its store can answer requests.
pub(super) async fn health(keys: Data<Keys<Store>>) -> Result<HttpResponse, ApiError> {
    let ping = keys.ping().await;
    ping.map_err(|error| unavailable(&error))?;
    Ok(live().await)
}

/// Answers `/.well-known/did.json`.
pub(super) async fn did_document(
    identity: Option<Data<ServiceIdentity>>,
) -> Result<HttpResponse, ApiError> {
    match identity {
        Some(identity) => Ok(HttpResponse::Ok().json(identity.did_document())),
        None => {
            let message = "this server has no public URL, and therefore no DID";
            Err(XrpcError::not_found(message).into())
        }
    }
}
