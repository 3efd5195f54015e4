//! What an import does with each key.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cocore_keys::{Digest, KeyId, KeyName};
use lexicon_runtime::Did;

/// A key of another service whose secrets have the form of this one's. It may do everything that its account may do.
#[derive(Clone, Debug)]
pub struct ImportedKey {
    /// The id that it had, if a key can have it here.
    pub id: Option<KeyId>,
    /// The account that owns it.
    pub did: Arc<Did>,
    /// The label.
    pub name: KeyName,
    /// The first 15 characters of the secret.
    pub prefix: String,
    /// The digest of the secret.
    pub digest: Digest,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it last authenticated a request.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What the import of a key has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// The key is stored under this id: the one that it had, unless it had none that can be kept, or another key has
    /// it.
    Imported(String),
    /// The key exists under this id. Nothing was changed.
    Exists(String),
    /// The key existed under this id, and was revoked now, as it was in the other service.
    Revoked(String),
    /// A key of another account has this secret. Nothing was changed.
    OtherAccount,
    /// The key had this id here, and was deleted or removed since. Nothing was changed.
    Removed(String),
}

/// What the database has of a key that is to be imported.
pub(super) struct Existing {
    pub(super) id: String,
    pub(super) did: String,
    pub(super) is_revoked: bool,
}

/// Returns what an import into an empty database would do.
pub fn plan_into_empty(keys: &[ImportedKey]) -> Vec<ImportOutcome> {
    let mut found = Found::default();
    keys.iter().map(|key| found.outcome(key)).collect()
}

/// What the database has of the keys of a batch.
#[derive(Default)]
pub(super) struct Found {
    /// The keys with one of the digests.
    pub(super) by_digest: HashMap<Digest, Existing>,
    /// Those of the ids that a key has.
    pub(super) ids: HashSet<String>,
    /// The ids and accounts of which the audit trail has an event.
    pub(super) recorded: HashSet<(String, String)>,
}

impl Found {
    /// Returns what is to be done with a key, and regards it as done.
    pub(super) fn outcome(&mut self, key: &ImportedKey) -> ImportOutcome {
        if let Some(existing) = self.by_digest.get_mut(&key.digest) {
            let id = existing.id.clone();
            return if existing.did != key.did.as_str() {
                ImportOutcome::OtherAccount
            } else if key.revoked_at.is_some() && !existing.is_revoked {
                existing.is_revoked = true;
                ImportOutcome::Revoked(id)
            } else {
                ImportOutcome::Exists(id)
            };
        }
        let own = key.id.map(|id| id.to_string());
        let own = own.filter(|id| !self.ids.contains(id));
        let id = own.unwrap_or_else(|| KeyId::of_digest(&key.digest).to_string());
        let did = key.did.as_str().to_owned();
        if self.recorded.contains(&(id.clone(), did.clone())) {
            return ImportOutcome::Removed(id);
        }
        self.ids.insert(id.clone());
        let existing = Existing {
            id: id.clone(),
            did,
            is_revoked: key.revoked_at.is_some(),
        };
        self.by_digest.insert(key.digest, existing);
        ImportOutcome::Imported(id)
    }
}
