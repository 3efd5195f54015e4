//! The audit trail of all accounts, for the operator.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use cocore_store::Store;

use super::api_error::ApiError;
use crate::api::{Api, EventPosition};
use crate::errors::unavailable;

/// Answers with a page of events.
pub(super) async fn page(
    api: Data<Api>,
    store: Data<Store>,
    query: Query<EventPosition>,
) -> Result<HttpResponse, ApiError> {
    let page = api.event_page(&store, &query).await;
    let page = page.map_err(|error| unavailable(&error))?;
    Ok(HttpResponse::Ok().json(page))
}
