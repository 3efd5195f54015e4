//! Links to keys.

use chrono::{DateTime, Utc};
use cocore_console::{KeyLink, Status};
use cocore_keys::Key;

/// A link to a key of which only the id is known.
pub(super) fn link(id: &str, keys: &[Key], now: DateTime<Utc>) -> KeyLink {
    match keys.iter().find(|key| key.id == *id) {
        Some(key) => key_link(key, now),
        None => KeyLink {
            id: id.to_owned(),
            name: None,
            status: None,
        },
    }
}

/// A link to a key.
pub(super) fn key_link(key: &Key, now: DateTime<Utc>) -> KeyLink {
    let status = Status::at(now, key.created_at, key.expires_at, key.revoked_at);
    KeyLink {
        id: key.id.clone(),
        name: Some(key.name.clone()),
        status: Some(status),
    }
}
