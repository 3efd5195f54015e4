//! The one service through which keys are minted, checked, revoked and deleted.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::expiry::{InvalidExpiry, parse_expiry};
use crate::id::Ids;
use crate::key::{Key, NewKey};
use crate::live::{LiveKeys, Verdict};
use crate::name::KeyName;
use crate::ports::{Clock, KeyStore, Random, StoreError};
use crate::secret::{Digest, Secret};

/// The longest id of a key, in bytes. No longer text is looked up.
const MAX_ID: usize = 200;

/// The keys of all accounts.
pub struct Keys<S> {
    store: S,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    ids: Mutex<Ids>,
    live: Arc<LiveKeys>,
}

/// How many uses are written at a time, so that other writes get their turn in between.
const USES_TOGETHER: usize = 1000;

/// Whom a key stands for.
#[derive(Clone, Debug)]
pub struct VerifiedKey {
    /// The account.
    pub did: Arc<str>,
    /// The key.
    pub key_id: String,
    /// When it was minted.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
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
            live: Arc::new(LiveKeys::new()),
        }
    }

    /// Reads every live key into memory, and keeps them current. From then on a credential is checked
    /// there, for as long as the store vouches for what is there. Without this, each check asks the
    /// store.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn subscribe(&self) -> Result<(), StoreError> {
        self.store.key_subscribe(self.live.clone()).await
    }

    /// Whether credentials are checked in memory at this moment.
    pub fn is_current(&self) -> bool {
        self.live.is_trusted(|| self.clock.steady())
    }

    /// Writes the uses since the last time.
    ///
    /// # Errors
    /// The store cannot answer; the uses are kept for the next time.
    pub async fn write_uses(&self) -> Result<(), StoreError> {
        let mut uses = self.live.uses();
        // Peers write in the same order: then nobody waits for anybody in a circle.
        uses.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        for some in uses.chunks(USES_TOGETHER) {
            self.store.key_used(some.to_vec()).await?;
            self.live.written(some);
        }
        Ok(())
    }

    /// Takes out of memory what has long been past its expiry.
    pub fn forget_expired(&self) -> usize {
        self.live.remove_expired(self.clock.now())
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
        let new = NewKey {
            key: key.clone(),
            digest: secret.digest(),
        };
        self.store.key_create(new).await?;
        Ok((key, secret))
    }

    /// The account's keys, the newest first.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn list(&self, did: &str) -> Result<Vec<Key>, StoreError> {
        let keys = self.store.key_list(did).await?.into_iter();
        let known = keys.map(|NewKey { mut key, digest }| {
            // What this process knows, written or not.
            key.last_used_at = key
                .last_used_at
                .max(self.live.last_used_at(&digest, &key.id));
            key
        });
        Ok(known.collect())
    }

    /// Revokes a key of the account: true for the call that did it.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn revoke(&self, did: &str, id: &str) -> Result<bool, StoreError> {
        if !may_be_id(id) {
            return Ok(false);
        }
        self.store.key_revoke(did, id, self.clock.now()).await
    }

    /// Deletes a key of the account: true for the call that did it.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn delete(&self, did: &str, id: &str) -> Result<bool, StoreError> {
        if !may_be_id(id) {
            return Ok(false);
        }
        self.store.key_delete(did, id).await
    }

    /// Whom a key stands for, if it is live. The use is noted.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn verify(&self, text: &str) -> Result<Option<VerifiedKey>, StoreError> {
        let Some(digest) = Digest::of(text) else {
            return Ok(None);
        };
        let now = self.clock.now();
        match self.live.check(&digest, now, || self.clock.steady()) {
            Verdict::NotLive => return Ok(None),
            Verdict::Live(found) => {
                return Ok(Some(VerifiedKey {
                    did: found.did,
                    key_id: found.id.to_string(),
                    created_at: found.created_at,
                    expires_at: found.expires_at,
                }));
            }
            Verdict::Unknown => {}
        }
        let found = self.store.key_by_digest(digest).await?;
        let Some(key) = found.filter(|key| key.is_live(now)) else {
            return Ok(None);
        };
        // A clock that went back does not show a use before the key was made.
        self.live.used_elsewhere(&key.id, now.max(key.created_at));
        Ok(Some(VerifiedKey {
            did: key.did.into(),
            key_id: key.id,
            created_at: key.created_at,
            expires_at: key.expires_at,
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

/// Whether any store can hold a key of this id: PostgreSQL has no text with a NUL in it.
fn may_be_id(text: &str) -> bool {
    text.len() <= MAX_ID && !text.contains('\0')
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
