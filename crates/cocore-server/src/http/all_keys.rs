//! The keys of all accounts, for the operator.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use cocore_lexicon::dev::cocore::account::list_api_keys::ListApiKeysOutput;
use cocore_store::Store;
use serde::Deserialize;

use super::api_error::ApiError;
use crate::api::Api;
use crate::errors::unavailable;

#[derive(Deserialize)]
pub(super) struct Page {
    /// The id of the last key of the page before; empty at first.
    #[serde(default)]
    after: String,
}

/// Answers with the next keys, in the form of `listApiKeys`. The last page is empty.
pub(super) async fn page(
    api: Data<Api>,
    store: Data<Store>,
    query: Query<Page>,
) -> Result<HttpResponse, ApiError> {
    let page = api.page(&store, &query.after).await;
    let page = page.map_err(|error| unavailable(&error))?;
    Ok(HttpResponse::Ok().json(ListApiKeysOutput::new(page)))
}
