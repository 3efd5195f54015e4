//! Signing in with OAuth: the protocol is `cocore-oauth`'s; here it gets its drawer in the store, its
//! client key, and its HTTP client.

use chrono::TimeDelta;
use cocore_identity::{Fetch, Guard};
use cocore_keys::{Clock, StoreError, SystemClock};
use cocore_oauth::{Kind, Settings, SigningKey, VaultError};

use crate::arguments::RawSettings;
use crate::identity::Identity;
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
        Kind::Session => "tokens",
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
pub async fn sign_in(
    raw: &RawSettings,
    identity: &Identity,
    vault: Vault,
) -> Result<SignIn, String> {
    let guard = match raw.allow_localhost {
        true => Guard::PublicOrLoopback,
        false => Guard::Public,
    };
    let signing_key = match identity.is_https() {
        true => Some(client_key(&vault).await?),
        false => None,
    };
    let settings = Settings {
        origin: identity.browser_origin.clone(),
        plc_url: raw.plc_url.clone(),
        handle_resolver: raw.handle_resolver.clone(),
        allow_loopback: raw.allow_localhost,
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
    let text = |error: StoreError| error.to_string();
    if let Some(kept) = vault.get(kind, name).await.map_err(text)? {
        return SigningKey::from_jwk(&kept).map_err(str::to_owned);
    }
    let key = SigningKey::generate().ok_or("no randomness")?;
    let jwk = key.secret_jwk();
    vault.put(kind, name, jwk, None).await.map_err(text)?;
    Ok(key)
}
