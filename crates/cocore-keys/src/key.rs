//! Keys, as their owner, the store and the set of live keys know them. All times are UTC in whole
//! milliseconds.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use lexicon_runtime::Did;

use crate::id::KeyId;
use crate::name::KeyName;
use crate::secret::Digest;

/// A key as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The id: the text of a [`KeyId`], unless another program wrote the row.
    pub id: String,
    /// The DID of the account that owns it.
    pub did: String,
    /// The label.
    pub name: String,
    /// The first 15 characters of the secret.
    pub prefix: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it last authenticated a request.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A key as it is read from the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The key.
    pub key: Key,
    /// The digest of its secret.
    pub digest: Digest,
}

/// A key that is not revoked: what is needed to authenticate with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveKey {
    /// The digest of its secret.
    pub digest: Digest,
    /// The id.
    pub id: KeyId,
    /// The account that owns it.
    pub did: Arc<Did>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it last authenticated a request.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl ActiveKey {
    /// Returns whether it is expired at `now`.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// A key that is to be stored.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What authenticates.
    pub active: ActiveKey,
    /// The label.
    pub name: KeyName,
    /// The first 15 characters of the secret.
    pub prefix: String,
}

impl From<NewKey> for Key {
    fn from(new: NewKey) -> Self {
        Self {
            id: new.active.id.to_string(),
            did: new.active.did.to_string(),
            name: new.name.into_string(),
            prefix: new.prefix,
            created_at: new.active.created_at,
            expires_at: new.active.expires_at,
            revoked_at: None,
            last_used_at: new.active.last_used_at,
        }
    }
}

/// A use of a key that is to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The key's id.
    pub id: KeyId,
    /// When it authenticated a request.
    pub at: DateTime<Utc>,
}

/// The result of verifying a key.
#[derive(Clone, Debug)]
pub struct VerifiedKey {
    /// The account that owns the key.
    pub did: Arc<Did>,
    /// The key's id.
    pub key_id: KeyId,
    /// When the key was created.
    pub created_at: DateTime<Utc>,
    /// When the key expires.
    pub expires_at: Option<DateTime<Utc>>,
}
