//! The methods: one file each, every one a handler of its generated type.

mod create_api_key;
mod delete_api_key;
mod list_api_keys;
mod revoke_api_key;

use std::fmt::Display;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cocore_keys::{Key, Keys, StoreError};
use cocore_lexicon::dev::cocore::account::defs::ApiKeyView;
use cocore_store::Store;
use lexicon_runtime::{Datetime, Did, ErrorBody, Violation};

/// Who calls: the account on whose behalf everything is done.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The account.
    pub did: Did,
}

/// Implements the methods on the key service.
#[derive(Clone)]
pub struct Api {
    /// The key service.
    pub keys: Arc<Keys<Store>>,
}

/// What its owner may see of a key.
fn view(key: Key, did: &Did) -> ApiKeyView {
    let mut view = ApiKeyView::new(
        key.id,
        did.clone(),
        key.name,
        key.prefix,
        datetime(key.created_at),
    );
    view.expires_at = key.expires_at.map(datetime);
    view.revoked_at = key.revoked_at.map(datetime);
    view.last_used_at = key.last_used_at.map(datetime);
    view
}

/// A time of the store, which holds none outside of the years that four digits can show.
fn datetime(at: DateTime<Utc>) -> Datetime {
    Datetime::from_utc(at)
}

/// The refusal of a value that passed its schema.
fn invalid(place: &str, why: impl Display) -> ErrorBody {
    Violation::new(place, why.to_string()).into()
}

/// The refusal while the store cannot answer, and the line in the log.
pub(crate) fn unavailable(error: &StoreError) -> ErrorBody {
    tracing::error!(%error, "the store cannot answer");
    let message = "the key store cannot answer now: try again soon";
    ErrorBody::new("ServiceUnavailable", Some(message.to_owned()))
}
