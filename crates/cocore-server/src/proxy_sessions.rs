//! The OAuth sessions of the record proxy in the store, encrypted, each bound to its account.

use std::sync::Arc;

use atproto_resolver::Did;
use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::{Clock, Random, StoreError};
use cocore_oauth::{OAuthStoreError, SessionStore, SessionTokens, StoredSession};
use cocore_store::Store;

use crate::encryption_key::EncryptionKey;

/// The kind of the tokens, as encrypted values. Their name is the account.
const KIND: &str = "proxy-session";
/// How long a server has to refresh tokens.
const LEASE_LIFETIME: TimeDelta = TimeDelta::seconds(45);
/// How exactly the last use is known.
const USE_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// The sessions in the store. Their tokens are encrypted with ChaCha20-Poly1305.
#[derive(Clone)]
pub struct ProxySessions {
    store: Store,
    key: EncryptionKey,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// What a person granted, and how it was used.
#[derive(Clone, Debug)]
pub struct Connection {
    /// What they granted: scopes with a space between each two.
    pub scope: String,
    /// When they did.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to a minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// The session of an account, for whoever ends it.
#[derive(Debug)]
pub struct StoredConnection {
    /// The tokens, if they can be decrypted.
    pub tokens: Option<SessionTokens>,
    /// A number that grows with each change of the tokens.
    pub version: i64,
    /// When the person granted them.
    pub created_at: DateTime<Utc>,
}

impl ProxySessions {
    /// The sessions in `store`, encrypted with `key`.
    pub fn new(
        store: Store,
        key: EncryptionKey,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            store,
            key,
            clock,
            random,
        }
    }

    /// Stores the tokens of an account, and returns those that they replace, if these can be decrypted.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn put(
        &self,
        did: &str,
        tokens: &SessionTokens,
    ) -> Result<Option<SessionTokens>, StoreError> {
        let encrypted = self.encrypt(did, tokens)?;
        let now = self.clock.now();
        let before = self
            .store
            .proxy_session_put(did, encrypted, tokens.scope(), now)
            .await?;
        Ok(before.and_then(|before| self.decrypt(did, &before)))
    }

    /// Returns the connection of an account.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn find(&self, did: &str) -> Result<Option<Connection>, StoreError> {
        let found = self.store.proxy_session(did).await?;
        Ok(found.map(|found| Connection {
            scope: found.scope,
            created_at: found.created_at,
            last_used_at: found.last_used_at,
        }))
    }

    /// Returns the session of an account.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn session(&self, did: &str) -> Result<Option<StoredConnection>, StoreError> {
        let found = self.store.proxy_session(did).await?;
        Ok(found.map(|found| StoredConnection {
            tokens: self.decrypt(did, &found.tokens),
            version: found.version,
            created_at: found.created_at,
        }))
    }

    /// Removes the session of an account, unless it has another version now.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn remove(&self, did: &str, version: i64) -> Result<(), StoreError> {
        self.store.proxy_session_ended(did, version).await
    }

    /// Records a use, at most once a minute.
    pub async fn record_use(&self, did: &str, connection: &Connection) {
        let now = self.clock.now();
        let is_recent = |last: DateTime<Utc>| now < last + USE_INTERVAL;
        if connection.last_used_at.is_some_and(is_recent) {
            return;
        }
        if let Err(error) = self.store.proxy_session_used(did, now).await {
            tracing::warn!(%error, "the use of a connection of the record proxy was not recorded");
        }
    }

    fn encrypt(&self, did: &str, tokens: &SessionTokens) -> Result<Vec<u8>, StoreError> {
        self.key.encrypt(KIND, did, tokens.to_json(), &*self.random)
    }

    fn decrypt(&self, did: &str, tokens: &[u8]) -> Option<SessionTokens> {
        let text = self.key.decrypt(KIND, did, tokens);
        let tokens = text.and_then(|text| SessionTokens::from_json(&text));
        if tokens.is_none() {
            tracing::warn!("tokens of the record proxy were encrypted with another key");
        }
        tokens
    }
}

impl SessionStore for ProxySessions {
    async fn load(&self, did: &Did) -> Result<Option<StoredSession>, OAuthStoreError> {
        let found = self.store.proxy_session(did.as_str()).await;
        let found = found.map_err(unavailable)?;
        Ok(found.and_then(|found| {
            Some(StoredSession {
                tokens: self.decrypt(did.as_str(), &found.tokens)?,
                version: found.version,
            })
        }))
    }

    async fn lease(
        &self,
        did: &Did,
        version: i64,
        refresher: &str,
    ) -> Result<bool, OAuthStoreError> {
        let now = self.clock.now();
        let did = did.as_str();
        let lease = self
            .store
            .proxy_session_lease(did, version, refresher, now, LEASE_LIFETIME);
        lease.await.map_err(unavailable)
    }

    async fn refreshed(
        &self,
        did: &Did,
        refresher: &str,
        tokens: &SessionTokens,
    ) -> Result<bool, OAuthStoreError> {
        let did = did.as_str();
        let encrypted = self.encrypt(did, tokens).map_err(unavailable)?;
        let refreshed =
            self.store
                .proxy_session_refreshed(did, refresher, encrypted, tokens.scope());
        refreshed.await.map_err(unavailable)
    }

    async fn release(&self, did: &Did, refresher: &str) -> Result<(), OAuthStoreError> {
        let release = self.store.proxy_session_release(did.as_str(), refresher);
        release.await.map_err(unavailable)
    }

    async fn ended(&self, did: &Did, version: i64) -> Result<(), OAuthStoreError> {
        let ended = self.store.proxy_session_ended(did.as_str(), version);
        ended.await.map_err(unavailable)
    }
}

fn unavailable(error: StoreError) -> OAuthStoreError {
    tracing::error!(%error, "the store is unavailable");
    OAuthStoreError
}
