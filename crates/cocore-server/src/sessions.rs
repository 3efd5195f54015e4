//! The sessions of people who are signed in to the console.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::{Clock, Random, StoreError};
use cocore_store::{Session, Store};
use sha2::Digest;

/// How long a session lasts without being used.
const IDLE_TIMEOUT: TimeDelta = TimeDelta::days(7);
/// How long a session lasts at most.
const MAX_AGE: TimeDelta = TimeDelta::days(30);
/// How often the last use of a session is written to the store.
const LAST_SEEN_INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// The sessions of all accounts.
#[derive(Clone)]
pub struct Sessions {
    store: Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// The secret in a session cookie: 256 random bits. It is never stored or printed.
pub struct CookieSecret(String);

impl CookieSecret {
    /// Parses the canonical form. No other text is ever hashed.
    fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    fn digest(&self) -> [u8; 32] {
        sha2::Sha256::digest(self.0.as_bytes()).into()
    }

    /// The plain text, for the cookie.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CookieSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieSecret(..)")
    }
}

/// A session to start.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The account.
    pub did: String,
    /// Its handle, if it has one.
    pub handle: Option<String>,
    /// The browser's name for people.
    pub browser: String,
    /// The client's address.
    pub address: String,
}

impl Sessions {
    /// The sessions in `store`.
    pub fn new(store: Store, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            store,
            clock,
            random,
        }
    }

    /// Starts a session, and returns the secret for its cookie. The secret is always new: no value that a
    /// browser sends becomes a session.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn start(&self, new: NewSession) -> Result<CookieSecret, StoreError> {
        let (mut secret, mut id) = ([0; 32], [0; 16]);
        self.random.fill(&mut secret)?;
        self.random.fill(&mut id)?;
        let secret = CookieSecret(URL_SAFE_NO_PAD.encode(secret));
        let now = self.clock.now();
        let session = Session {
            id: URL_SAFE_NO_PAD.encode(id),
            did: new.did,
            handle: new.handle,
            browser: new.browser,
            address: new.address,
            created_at: now,
            last_seen_at: now,
        };
        self.store.session_create(secret.digest(), session).await?;
        Ok(secret)
    }

    /// The session of a cookie, if it has not expired. Records its use.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn find(&self, cookie: &str) -> Result<Option<Session>, StoreError> {
        let Some(secret) = CookieSecret::parse(cookie) else {
            return Ok(None);
        };
        let now = self.clock.now();
        let found = self.store.session_by_digest(secret.digest()).await?;
        let Some(session) = found.filter(|session| is_active(session, now)) else {
            return Ok(None);
        };
        if now - session.last_seen_at >= LAST_SEEN_INTERVAL
            && let Err(error) = self.store.session_seen(&session.id, now).await
        {
            tracing::warn!(%error, "the last use of a session cannot be recorded");
        }
        Ok(Some(session))
    }

    /// The account's sessions that have not expired, the last used first.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn list(&self, did: &str) -> Result<Vec<Session>, StoreError> {
        let now = self.clock.now();
        let mut sessions = self.store.session_list(did).await?;
        sessions.retain(|session| is_active(session, now));
        Ok(sessions)
    }

    /// Returns the number of sessions of all accounts that have not expired.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn count(&self) -> Result<i64, StoreError> {
        let now = self.clock.now();
        self.store
            .session_count(now - MAX_AGE, now - IDLE_TIMEOUT)
            .await
    }

    /// Signs out one session of an account, or all of them. Returns their number.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn end(&self, did: &str, id: Option<&str>) -> Result<usize, StoreError> {
        self.store.session_end(did, id).await
    }

    /// Removes expired rows from the store: sessions and encrypted values.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn purge(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        self.store
            .purge(now, now - MAX_AGE, now - IDLE_TIMEOUT)
            .await
    }
}

fn is_active(session: &Session, now: DateTime<Utc>) -> bool {
    now < session.created_at + MAX_AGE && now < session.last_seen_at + IDLE_TIMEOUT
}
