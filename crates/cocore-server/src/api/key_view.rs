//! A key with all that its owner may see of it.

use chrono::{DateTime, Utc};
use cocore_keys::{Key, Models, Permission, Scopes};
use cocore_lexicon::dev::cocore::apikey::defs::KeyView;
use lexicon_runtime::{Datetime, Did};

/// The view of a key at a time: everything but its digest.
pub(super) fn key_view(key: Key, did: &Did, now: DateTime<Utc>) -> KeyView {
    let status = key.status(now).as_str();
    let created_at = Datetime::from_utc(key.created_at);
    let mut view = KeyView::new(
        key.id,
        did.clone(),
        key.name,
        key.prefix,
        created_at,
        status,
    );
    view.expires_at = key.expires_at.map(Datetime::from_utc);
    view.revoked_at = key.revoked_at.map(Datetime::from_utc);
    view.last_used_at = key.last_used_at.map(Datetime::from_utc);
    view.scopes = key.access.scopes().map(scope_texts);
    view.models = key.access.models().map(Models::names).map(<[_]>::to_vec);
    view.note = key.note;
    view.parent = key.parent;
    view.replaces = key.replaces;
    view.replaced_by = key.replaced_by;
    view
}

/// The permissions, each as its text.
pub(super) fn scope_texts(scopes: &Scopes) -> Vec<String> {
    let permissions = scopes.permissions().iter();
    permissions.map(Permission::to_string).collect()
}
