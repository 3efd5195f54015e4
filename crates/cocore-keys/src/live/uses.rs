//! Uses of keys that are not written to the store yet.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::DateTime;

use super::lock::lock;
use crate::id::KeyId;
use crate::key::KeyUse;

/// The last use of each key, in milliseconds, until it is written.
#[derive(Default)]
pub(super) struct UnwrittenUses(Mutex<HashMap<KeyId, i64>>);

impl UnwrittenUses {
    /// Records a use, unless a later one is recorded.
    pub(super) fn record(&self, id: KeyId, at: i64) {
        let mut uses = lock(&self.0);
        let last = uses.entry(id).or_insert(at);
        *last = at.max(*last);
    }

    /// Returns the last use of the key with this id. The text is parsed only if there is a use to find: most
    /// of the time there is none.
    pub(super) fn get(&self, id: &str) -> Option<i64> {
        let uses = lock(&self.0);
        if uses.is_empty() {
            return None;
        }
        uses.get(&KeyId::parse(id).ok()?).copied()
    }

    /// Returns all of them, each key once.
    pub(super) fn all(&self) -> Vec<KeyUse> {
        let uses = lock(&self.0);
        let all = uses.iter().filter_map(|(id, at)| {
            let at = DateTime::from_timestamp_millis(*at)?;
            Some(KeyUse { id: *id, at })
        });
        all.collect()
    }

    /// Removes uses that are written. A later use of the same key remains.
    pub(super) fn remove(&self, written: &[KeyUse]) {
        let mut uses = lock(&self.0);
        for KeyUse { id, at } in written {
            let at = at.timestamp_millis();
            if uses.get(id).is_some_and(|last| *last <= at) {
                uses.remove(id);
            }
        }
    }
}
