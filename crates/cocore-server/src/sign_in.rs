//! Sign-in with OAuth: `cocore-oauth` with the store, the client key and the identity of this server.

use std::sync::Arc;

use atproto_resolver::Resolver;
use chrono::TimeDelta;
use cocore_keys::{Clock, Random, StoreError};
use cocore_oauth::{OAuthStore, OAuthStoreError, Sessions, Settings, SignInError, SigningKey};
use cocore_store::Store;
use tokio::sync::OnceCell;

use crate::clock::ServerClock;
use crate::encrypted_store::EncryptedStore;
use crate::encryption_key;
use crate::failure::Failure;
use crate::proxy_sessions::ProxySessions;
use crate::service_identity::ServiceIdentity;
use crate::settings::EncryptionKeySource;

/// How long a person has to sign in at their server.
const SIGN_IN_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// The kind of sign-ins that are under way.
const PENDING_SIGN_IN: &str = "sign-in";
/// Where the client key is stored: kind and name.
const CLIENT_KEY: (&str, &str) = ("client-key", "current");

/// Sign-in with OAuth.
pub type SignIn = cocore_oauth::SignIn<EncryptedStore>;

impl OAuthStore for EncryptedStore {
    async fn put(&self, key: String, value: String) -> Result<(), OAuthStoreError> {
        let put = self.put(PENDING_SIGN_IN, &key, value, Some(SIGN_IN_LIFETIME));
        put.await.map_err(unavailable)
    }

    async fn take(&self, key: String) -> Result<Option<String>, OAuthStoreError> {
        self.take(PENDING_SIGN_IN, &key).await.map_err(unavailable)
    }
}

fn unavailable(error: StoreError) -> OAuthStoreError {
    tracing::error!(%error, "the store is unavailable");
    OAuthStoreError
}

/// Loads the key by which issuers identify this service. It is created once, and is the same on every
/// server of the database.
async fn client_key(store: &EncryptedStore) -> Result<SigningKey, Failure> {
    let (kind, name) = CLIENT_KEY;
    let new = SigningKey::generate().map_err(Failure::new)?;
    let stored = store.get_or_insert(kind, name, new.secret_jwk()).await;
    SigningKey::from_jwk(&stored.map_err(Failure::new)?)
        .map_err(|error| Failure::new(format!("the stored client key: {error}")))
}

/// What sign-in needs.
pub struct SignInParts {
    /// The identity of this service.
    pub identity: Arc<ServiceIdentity>,
    /// Resolves accounts, and makes requests to their servers.
    pub resolver: Resolver,
    /// Where the key comes from with which values in the store are encrypted.
    pub encryption_key: EncryptionKeySource,
    /// The store.
    pub store: Store,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// The record proxy, if it is on.
    pub connections: Option<ConnectionParts>,
}

/// What the record proxy needs.
pub struct ConnectionParts {
    /// What it asks people for.
    pub scope: String,
    /// Makes its requests, with limits of its own: no call takes room from a sign-in.
    pub resolver: Resolver,
}

/// What is set up of the parts.
struct OAuth {
    sign_in: Arc<SignIn>,
    connections: Option<Connections>,
}

/// What acts for accounts, and where it stores their tokens.
#[derive(Clone)]
pub struct Connections {
    /// Acts for accounts.
    pub sessions: Sessions<ProxySessions>,
    /// Their tokens.
    pub stored: ProxySessions,
}

/// Sign-in that is set up at its first use: a store that is unavailable at the start may be available later.
pub struct SignInService {
    parts: SignInParts,
    oauth: OnceCell<OAuth>,
}

impl SignInService {
    /// Creates sign-in for a service with an identity. Reports a wrong setting now.
    ///
    /// # Errors
    /// One line: which setting, what was expected.
    pub fn new(parts: SignInParts) -> Result<Self, Failure> {
        if encryption_key::is_reachable(&parts.encryption_key) {
            encryption_key::load(&parts.encryption_key, &*parts.random)?;
        }
        Ok(Self {
            parts,
            oauth: OnceCell::new(),
        })
    }

    /// Returns sign-in, and sets it up if that has not been done.
    ///
    /// # Errors
    /// Sign-in cannot be set up now. The text is for the person who signs in, and the log has the cause.
    pub async fn get(&self) -> Result<Arc<SignIn>, SignInError> {
        self.oauth().await.map(|oauth| oauth.sign_in.clone())
    }

    /// Returns what the record proxy does at the hosts of accounts, if it is on.
    ///
    /// # Errors
    /// As for [`get`](Self::get).
    pub async fn connections(&self) -> Result<Option<Connections>, SignInError> {
        self.oauth().await.map(|oauth| oauth.connections.clone())
    }

    async fn oauth(&self) -> Result<&OAuth, SignInError> {
        let oauth = self.oauth.get_or_try_init(|| self.set_up()).await;
        oauth.map_err(|error| {
            tracing::error!(%error, "sign-in is unavailable");
            SignInError::Unavailable(
                "Sign-in is unavailable at the moment. The server's log has the cause.".to_owned(),
            )
        })
    }

    async fn set_up(&self) -> Result<OAuth, Failure> {
        let parts = &self.parts;
        let key = encryption_key::load(&parts.encryption_key, &*parts.random)?;
        let (clock, random) = (parts.clock.clone(), parts.random.clone());
        let stored = ProxySessions::new(
            parts.store.clone(),
            key.clone(),
            clock.clone(),
            random.clone(),
        );
        let store = EncryptedStore::new(parts.store.clone(), key, clock, random);
        let signing_key = if parts.identity.is_https() {
            Some(client_key(&store).await?)
        } else {
            None
        };
        let settings = Settings {
            origin: parts.identity.browser_origin.clone(),
            signing_key,
            connection_scope: parts.connections.as_ref().map(|parts| parts.scope.clone()),
        };
        let clock = Arc::new(ServerClock(parts.clock.clone()));
        let sign_in = SignIn::new(settings, parts.resolver.clone(), store, clock);
        let sign_in = sign_in.map_err(Failure::new)?;
        let connections = parts.connections.as_ref().map(|parts| Connections {
            sessions: sign_in.sessions(parts.resolver.clone(), stored.clone()),
            stored,
        });
        Ok(OAuth {
            sign_in: Arc::new(sign_in),
            connections,
        })
    }
}
