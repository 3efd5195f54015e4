//! The import of keys, for the operator.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use cocore_store::Store;
use xrpc_server::XrpcError;

use super::api_error::ApiError;
use crate::errors::unavailable;
use crate::import::ImportRequest;

/// Imports a batch of keys, and answers with what was done with each of them.
pub(super) async fn import(
    store: Data<Store>,
    request: Json<ImportRequest>,
) -> Result<HttpResponse, ApiError> {
    let batch = request.into_inner().into_batch();
    let batch = batch.map_err(XrpcError::invalid_request)?;
    let answer = batch.run(&store).await;
    let answer = answer.map_err(|error| unavailable(&error))?;
    Ok(HttpResponse::Ok().json(answer))
}
