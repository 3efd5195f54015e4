//! Keys, as their owner, the store and the set of live keys know them. All times are UTC in whole
//! milliseconds.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use lexicon_runtime::Did;

use crate::access::{Access, Grant};
use crate::id::KeyId;
use crate::name::{KeyName, KeyNote};
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
    /// What it may do.
    pub access: Access,
    /// A note of its owner.
    pub note: Option<String>,
    /// The id of the key that created it.
    pub parent: Option<String>,
    /// The id of the key that it replaces.
    pub replaces: Option<String>,
    /// The id of the key that replaces it.
    pub replaced_by: Option<String>,
}

/// The state of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// It authenticates requests.
    Active,
    /// It is expired, and was not revoked.
    Expired,
    /// It was revoked.
    Revoked,
}

impl KeyStatus {
    /// Returns the state at a time of a key that was revoked or not, and that expires or not.
    pub fn at(now: DateTime<Utc>, is_revoked: bool, expires_at: Option<DateTime<Utc>>) -> Self {
        if is_revoked {
            Self::Revoked
        } else if expires_at.is_some_and(|end| end <= now) {
            Self::Expired
        } else {
            Self::Active
        }
    }

    /// Returns its name, as the methods have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// Reads its name.
    pub fn parse(name: &str) -> Option<Self> {
        let mut statuses = [Self::Active, Self::Expired, Self::Revoked].into_iter();
        statuses.find(|status| status.as_str() == name)
    }
}

impl Key {
    /// Returns its state at a time.
    pub fn status(&self, now: DateTime<Utc>) -> KeyStatus {
        KeyStatus::at(now, self.revoked_at.is_some(), self.expires_at)
    }

    /// Returns whether it may be changed at a time: it is active, and not replaced.
    pub fn is_changeable(&self, now: DateTime<Utc>) -> bool {
        self.status(now) == KeyStatus::Active && self.replaced_by.is_none()
    }

    /// Returns what it was given.
    pub fn grant(&self) -> Grant {
        Grant {
            access: self.access.clone(),
            expires_at: self.expires_at,
        }
    }
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
    /// What it may do.
    pub access: Access,
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
    /// A note of its owner.
    pub note: Option<KeyNote>,
    /// Where it comes from.
    pub lineage: Lineage,
}

/// The keys that a new key descends from. A cascade from each of the parents reaches it, and a cascade from
/// it reaches the key that it replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// The id of the key that created it.
    pub parent: Option<String>,
    /// The ids of the keys from which a cascade reaches the key that it replaces, if another key than that replaced
    /// it.
    pub inherited_parents: Vec<String>,
    /// The id of the key that it replaces.
    pub replaces: Option<String>,
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
            access: new.active.access,
            note: new.note.map(KeyNote::into_string),
            parent: new.lineage.parent,
            replaces: new.lineage.replaces,
            replaced_by: None,
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
    /// What the key may do.
    pub access: Access,
}
