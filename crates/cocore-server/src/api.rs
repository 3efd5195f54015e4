//! The methods: one file each, every one a handler of its generated type.

mod create_api_key;
mod delete_api_key;
mod list_api_keys;
mod revoke_api_key;

use std::fmt::Display;
use std::sync::Arc;

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
    let mut view = ApiKeyView::new(key.id, did.clone(), key.name, key.prefix, datetime(key.created_at));
    view.expires_at = key.expires_at.map(datetime);
    view.revoked_at = key.revoked_at.map(datetime);
    view.last_used_at = key.last_used_at.map(datetime);
    view
}

fn datetime(at: chrono::DateTime<chrono::Utc>) -> Datetime {
    Datetime::from_utc(at).unwrap_or_else(|| Datetime::from_utc(chrono::DateTime::UNIX_EPOCH).unwrap())
}

/// The refusal of a value that passed its schema.
fn invalid<E: From<ErrorBody>>(place: &str, why: impl Display) -> E {
    ErrorBody::from(Violation::new(place, why.to_string())).into()
}

/// The refusal while the store cannot answer.
fn unavailable<E: From<ErrorBody>>(error: &StoreError) -> E {
    crate::door::store_is_down(error).into()
}
