//! Sessions: who is signed in to the console, and in which browsers.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::{Clock, Random, StoreError};
use cocore_store::{Session, Store};
use sha2::Digest;

/// How long a session lasts that nobody uses.
const IDLE: TimeDelta = TimeDelta::days(7);
/// How long a session lasts at most.
const LONGEST: TimeDelta = TimeDelta::days(30);
/// How often the last use is written.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// The sessions of all accounts.
#[derive(Clone)]
pub struct Sessions {
    store: Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// What the cookie holds: 256 random bits. It is never stored or printed.
pub struct CookieSecret(String);

impl CookieSecret {
    /// Reads the one form that such a text has, so that nothing else is ever hashed.
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

/// Who signed in, and from where.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The account.
    pub did: String,
    /// Its handle, if it has one.
    pub handle: Option<String>,
    /// The browser, as a person would call it.
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

    /// Begins a session: what its cookie has to hold. Always a new one: nothing that a browser
    /// brought along becomes a session.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn begin(&self, visitor: Visitor) -> Result<CookieSecret, StoreError> {
        let (mut secret, mut id) = ([0; 32], [0; 16]);
        self.random.fill(&mut secret)?;
        self.random.fill(&mut id)?;
        let secret = CookieSecret(URL_SAFE_NO_PAD.encode(secret));
        let now = self.clock.now();
        let session = Session {
            id: URL_SAFE_NO_PAD.encode(id),
            did: visitor.did,
            handle: visitor.handle,
            browser: visitor.browser,
            address: visitor.address,
            created_at: now,
            last_seen_at: now,
        };
        self.store.session_create(secret.digest(), session).await?;
        Ok(secret)
    }

    /// The session of a cookie, if it is not over. Its use is noted.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn find(&self, cookie: &str) -> Result<Option<Session>, StoreError> {
        let Some(secret) = CookieSecret::parse(cookie) else {
            return Ok(None);
        };
        let now = self.clock.now();
        let found = self.store.session_by_digest(secret.digest()).await?;
        let Some(session) = found.filter(|session| is_live(session, now)) else {
            return Ok(None);
        };
        if now - session.last_seen_at >= NOTED_EVERY
            && let Err(error) = self.store.session_seen(&session.id, now).await
        {
            tracing::warn!(%error, "a use of a session could not be noted");
        }
        Ok(Some(session))
    }

    /// The account's sessions that are not over, the last used first.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn list(&self, did: &str) -> Result<Vec<Session>, StoreError> {
        let now = self.clock.now();
        let mut sessions = self.store.session_list(did).await?;
        sessions.retain(|session| is_live(session, now));
        Ok(sessions)
    }

    /// Ends one session of an account, or all of them: how many there were.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn end(&self, did: &str, id: Option<&str>) -> Result<usize, StoreError> {
        self.store.session_end(did, id).await
    }

    /// Removes what is over: sessions, and what else has a time in the store.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn purge(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        self.store.purge(now, now - LONGEST, now - IDLE).await
    }
}

fn is_live(session: &Session, now: DateTime<Utc>) -> bool {
    now < session.created_at + LONGEST && now < session.last_seen_at + IDLE
}
