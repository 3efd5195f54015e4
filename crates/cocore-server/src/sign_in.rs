//! Signing in with OAuth: the protocol is `cocore-oauth`'s; here it gets its drawer in the store, its
//! client key, and its HTTP client.

use std::sync::Arc;

use chrono::TimeDelta;
use cocore_identity::{Fetch, Guard};
use cocore_keys::{Clock, Random, StoreError, SystemClock};
use cocore_oauth::{Kind, Settings, SignInError, SigningKey, VaultError};
use cocore_store::{OAUTH_TOKENS, Store};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use crate::encryption_key;
use crate::failure::Failure;
use crate::service_identity::ServiceIdentity;
use crate::sessions::Sessions;
use crate::settings::{EncryptionKeySource, Settings as ServerSettings};
use crate::vault::Vault;

/// How long a sign-in may be under way.
const UNDER_WAY: TimeDelta = TimeDelta::minutes(15);
const CLIENT_KEY: (&str, &str) = ("client-key", "current");

/// Signs people in.
pub type SignIn = cocore_oauth::SignIn<Drawer>;

/// The vault as the protocol wants it.
pub struct Drawer(Vault);

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::State => "sign-in",
        Kind::Session => OAUTH_TOKENS,
    }
}

fn told(error: StoreError) -> VaultError {
    tracing::error!(%error, "the store cannot answer");
    VaultError
}

impl cocore_oauth::Vault for Drawer {
    async fn put(&self, kind: Kind, key: String, value: String) -> Result<(), VaultError> {
        let until = match kind {
            Kind::State => Some(SystemClock.now() + UNDER_WAY),
            Kind::Session => None,
        };
        let kept = self.0.put(name_of(kind), &key, value, until).await;
        kept.map_err(told)
    }

    async fn get(&self, kind: Kind, key: String) -> Result<Option<String>, VaultError> {
        self.0.get(name_of(kind), &key).await.map_err(told)
    }

    async fn delete(&self, kind: Kind, key: String) -> Result<(), VaultError> {
        self.0.delete(name_of(kind), &key).await.map_err(told)
    }
}

/// What signs people in at the origin of this service.
///
/// # Errors
/// A line for a person: why there is no sign-in.
async fn sign_in(
    server: &ServerSettings,
    identity: &ServiceIdentity,
    vault: Vault,
) -> Result<SignIn, String> {
    let guard = match server.allow_localhost {
        true => Guard::PublicOrLoopback,
        false => Guard::Public,
    };
    let signing_key = match identity.is_https() {
        true => Some(client_key(&vault).await?),
        false => None,
    };
    let settings = Settings {
        origin: identity.browser_origin.clone(),
        plc_url: server.plc_url.to_string(),
        handle_resolver: server.handle_resolver.to_string(),
        allow_loopback: server.allow_localhost,
        signing_key,
    };
    let clients = [guard, Guard::Anywhere].map(Fetch::new);
    let [client, directory_client] = clients;
    let (client, directory_client) = (client?, directory_client?);
    SignIn::new(
        settings,
        client.client().clone(),
        directory_client.client().clone(),
        Drawer(vault),
    )
}

/// The key by which issuers know this service: made once, and the same on every node.
async fn client_key(vault: &Vault) -> Result<SigningKey, String> {
    let (kind, name) = CLIENT_KEY;
    let jwk = SigningKey::generate().ok_or("no randomness")?.secret_jwk();
    let kept = vault.get_or_insert(kind, name, jwk).await;
    let kept = kept.map_err(|error| error.to_string())?;
    SigningKey::from_jwk(&kept).map_err(str::to_owned)
}

/// Sign-in, from when on it can be: a store that is out of reach at the start may be back later.
pub struct SignIns {
    settings: Arc<ServerSettings>,
    identity: Arc<ServiceIdentity>,
    encryption_key: EncryptionKeySource,
    store: Store,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    made: OnceCell<Arc<SignIn>>,
    /// How many sign-ins are begun or ended at a time.
    turns: Semaphore,
}

/// Of how many people at once the servers are asked.
const AT_ONCE: usize = 16;

impl SignIns {
    /// Sign-in for a service with an identity. A setting that is wrong is told now.
    ///
    /// # Errors
    /// One line: which setting, what was expected.
    pub fn new(
        settings: Arc<ServerSettings>,
        identity: Arc<ServiceIdentity>,
        encryption_key: EncryptionKeySource,
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, Failure> {
        if encryption_key::is_reachable(&encryption_key) {
            encryption_key::load(&encryption_key, &*random)?;
        }
        Ok(Self {
            settings,
            identity,
            encryption_key,
            store,
            clock,
            random,
            made: OnceCell::new(),
            turns: Semaphore::new(AT_ONCE),
        })
    }

    /// What signs people in.
    ///
    /// # Errors
    /// Why there is none now, for the person who wants to.
    pub async fn get(&self) -> Result<Arc<SignIn>, SignInError> {
        let make = async || {
            let key = encryption_key::load(&self.encryption_key, &*self.random);
            let key = key.map_err(|error| error.to_string())?;
            let (clock, random) = (self.clock.clone(), self.random.clone());
            let vault = Vault::new(self.store.clone(), key, clock, random);
            sign_in(&self.settings, &self.identity, vault)
                .await
                .map(Arc::new)
        };
        let made = self.made.get_or_try_init(make).await;
        made.cloned().map_err(|why: String| {
            tracing::error!(%why, "nobody can sign in");
            SignInError::Unavailable(
                "Nobody can sign in at the moment: the log says why.".to_owned(),
            )
        })
    }

    /// A turn at asking the servers of other people.
    ///
    /// # Errors
    /// There are too many at once.
    pub fn turn(&self) -> Result<SemaphorePermit<'_>, SignInError> {
        self.turns.try_acquire().map_err(|_| {
            let text = "Many people are signing in at this moment. Try again in a few seconds.";
            SignInError::Unavailable(text.to_owned())
        })
    }

    /// Gives up a person's tokens, if they are signed in nowhere any more. Their issuer may take its
    /// time, and nobody waits for it.
    pub fn forget_if_gone(self: &Arc<Self>, sessions: &Sessions, did: &str) {
        let (this, sessions, did) = (self.clone(), sessions.clone(), did.to_owned());
        actix_web::rt::spawn(async move {
            let gone = sessions
                .list(&did)
                .await
                .is_ok_and(|sessions| sessions.is_empty());
            if gone
                && let Ok(sign_in) = this.get().await
                && let Err(error) = sign_in.forget(&did).await
            {
                tracing::warn!(%error, "the tokens of somebody who signed out are still here");
            }
        });
    }
}
