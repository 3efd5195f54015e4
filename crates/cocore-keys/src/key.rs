//! A key, as its owner and the store know it.

use chrono::{DateTime, Utc};

use crate::secret::Digest;

/// A key without its secret. All times are UTC in whole milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Names the key; a UUID.
    pub id: String,
    /// The account that owns it.
    pub did: String,
    /// Its label.
    pub name: String,
    /// The first 15 characters of its secret.
    pub prefix: String,
    /// When it was minted.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it last authenticated a request.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Key {
    /// Whether it authenticates at `now`.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// A use of a key that is to be noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The key's id.
    pub id: String,
    /// When it authenticated a request.
    pub at: DateTime<Utc>,
}

/// A key as it is stored.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The key.
    pub key: Key,
    /// What is stored of its secret.
    pub digest: Digest,
}
