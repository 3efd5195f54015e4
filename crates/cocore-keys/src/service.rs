//! The one service through which keys are minted, checked, revoked and deleted.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::expiry::{InvalidExpiry, parse_expiry};
use crate::id::Ids;
use crate::key::{Key, NewKey};
use crate::name::KeyName;
use crate::ports::{Clock, KeyStore, Random, StoreError};
use crate::secret::Secret;

/// The longest id of a key, in bytes. No longer text is looked up.
const MAX_ID: usize = 200;

/// The keys of all accounts.
pub struct Keys<S> {
    store: S,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    ids: Mutex<Ids>,
}

/// Whom a key stands for.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The account.
    pub did: String,
    /// The key.
    pub key_id: String,
    /// Why the use could not be noted, if it could not: that is no reason to refuse the key.
    pub not_noted: Option<StoreError>,
}

/// Why a key could not be minted.
#[derive(Debug)]
pub enum CreateError {
    /// The expiry is none.
    InvalidExpiry(InvalidExpiry),
    /// The store cannot answer.
    Unavailable(StoreError),
}

impl<S: KeyStore> Keys<S> {
    /// The keys in `store`.
    pub fn new(store: S, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            store,
            clock,
            random,
            ids: Mutex::default(),
        }
    }

    /// Mints a key. It authenticates from the moment that this returns.
    ///
    /// # Errors
    /// The expiry is none, or the store cannot answer; then there may still be a key whose secret
    /// nobody knows.
    pub async fn create(
        &self,
        did: &str,
        name: KeyName,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<(Key, Secret), CreateError> {
        let secret = Secret::from_random(self.random()?);
        let (id, now) = self.next_id()?;
        let expires_at = expires_at.map(|at| parse_expiry(at, now)).transpose()?;
        let key = Key {
            id,
            did: did.to_owned(),
            name: name.into_string(),
            prefix: secret.prefix().to_owned(),
            created_at: now,
            expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        let digest = secret.digest();
        let new = NewKey {
            key: key.clone(),
            digest,
        };
        self.store.key_create(new).await?;
        Ok((key, secret))
    }

    /// The account's keys, the newest first.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn list(&self, did: &str) -> Result<Vec<Key>, StoreError> {
        self.store.key_list(did).await
    }

    /// Revokes a key of the account: true for the call that did it.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn revoke(&self, did: &str, id: &str) -> Result<bool, StoreError> {
        if id.len() > MAX_ID {
            return Ok(false);
        }
        self.store.key_revoke(did, id, self.clock.now()).await
    }

    /// Deletes a key of the account: true for the call that did it.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn delete(&self, did: &str, id: &str) -> Result<bool, StoreError> {
        if id.len() > MAX_ID {
            return Ok(false);
        }
        self.store.key_delete(did, id).await
    }

    /// Whom a key stands for, if it is live. The use is noted.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn authenticate(&self, text: &str) -> Result<Option<Owner>, StoreError> {
        let Some(secret) = Secret::parse(text) else {
            return Ok(None);
        };
        let found = self.store.key_by_digest(secret.digest()).await?;
        let now = self.clock.now();
        let Some(key) = found.filter(|key| key.is_live(now)) else {
            return Ok(None);
        };
        // A clock that went back does not show a use before the key was made.
        let noted = self.store.key_used(&key.id, now.max(key.created_at)).await;
        Ok(Some(Owner {
            did: key.did,
            key_id: key.id,
            not_noted: noted.err(),
        }))
    }

    /// Whether there is any key at all.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn any(&self) -> Result<bool, StoreError> {
        self.store.key_any().await
    }

    /// Whether the store can answer.
    ///
    /// # Errors
    /// It cannot.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }

    /// An id and its instant, which is read inside the lock: otherwise ids made at once could be
    /// in another order than their instants.
    fn next_id(&self) -> Result<(String, DateTime<Utc>), StoreError> {
        let random = self.random()?;
        // What a panic elsewhere left behind is still a state to go on from.
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        Ok((ids.next(now, random), now))
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], StoreError> {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes)?;
        Ok(bytes)
    }
}

impl From<InvalidExpiry> for CreateError {
    fn from(error: InvalidExpiry) -> Self {
        Self::InvalidExpiry(error)
    }
}

impl From<StoreError> for CreateError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error)
    }
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidExpiry(error) => error.fmt(f),
            Self::Unavailable(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CreateError {}
