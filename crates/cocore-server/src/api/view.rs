//! A key as its owner sees it.

use chrono::{DateTime, Utc};
use cocore_keys::Key;
use cocore_lexicon::dev::cocore::account::defs::ApiKeyView;
use lexicon_runtime::{Datetime, Did};

/// The view of a key: everything but its digest.
pub(super) fn view(key: Key, did: &Did) -> ApiKeyView {
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

/// A time of the store, whose years all have four digits.
fn datetime(at: DateTime<Utc>) -> Datetime {
    Datetime::from_utc(at)
}
