//! Signing in with the AT Protocol's OAuth: authorization code with PAR, PKCE and DPoP.
//!
//! A sign-in always starts from an account (a handle or a DID), never from a server, so that the
//! account that comes back can be compared with the one that was meant.

mod client;
mod error;
mod http;
mod identity;
mod issuer;
mod key;
mod locks;
mod types;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use crate::error::SignInError;
pub use crate::key::SigningKey;
pub use crate::types::{Begun, Callback, Kind, Settings, SignedIn, Vault, VaultError};

use crate::client::Client;
use crate::error::{no_randomness, quoted, refused};
use crate::http::Http;
use crate::identity::Directory;
use crate::issuer::{Failure, Grant, Issuer};
use crate::key::{digest, now, random};
use crate::locks::Locks;

/// Seconds that a person has to sign in at their server.
const PATIENCE: u64 = 15 * 60;
/// Seconds before their end from which tokens are refreshed.
const NEAR_END: u64 = 60;
/// Seconds that tokens are taken to last when the issuer does not say.
const SHORT_LIFE: u64 = 5 * 60;
/// How long a person who leaves waits for the issuer.
const FAREWELL: Duration = Duration::from_secs(5);

#[derive(Serialize, Deserialize)]
struct Flow {
    issuer: String,
    did: String,
    key: String,
    verifier: String,
    ends: u64,
}

#[derive(Serialize, Deserialize)]
struct Session {
    issuer: String,
    key: String,
    access_token: String,
    refresh_token: Option<String>,
    ends: u64,
}

/// Signs people in.
pub struct SignIn<V> {
    client: Client,
    directory: Directory,
    vault: V,
    locks: Locks,
}

impl<V: Vault> SignIn<V> {
    /// `client` is what goes to servers that nobody vouches for: let it refuse private addresses and
    /// redirects to other hosts. `directory_client` goes to the two that the operator names.
    ///
    /// # Errors
    /// Says which setting is wrong.
    pub fn new(
        settings: Settings,
        client: reqwest::Client,
        directory_client: reqwest::Client,
        vault: V,
    ) -> Result<Self, String> {
        let http = Http::new(client, settings.allow_loopback);
        let client = Client::new(&settings.origin, settings.signing_key, http)?;
        let directory = Directory::new(
            client.http.clone(),
            Http::new(directory_client, true),
            &settings.plc_url,
            &settings.handle_resolver,
        );
        Ok(Self {
            client,
            directory,
            vault,
            locks: Locks::default(),
        })
    }

    /// Starts a sign-in of the account with this handle or DID.
    ///
    /// # Errors
    /// There is no such account, or its server cannot sign anyone in here.
    pub async fn begin(&self, handle_or_did: &str) -> Result<Begun, SignInError> {
        let identity = self.directory.find(handle_or_did).await?;
        let issuer = Issuer::of(&self.client, &identity.pds).await?;
        let key = SigningKey::generate().ok_or_else(no_randomness)?;
        let verifier = random().ok_or_else(no_randomness)?;
        let state = random().ok_or_else(no_randomness)?;
        let form = [
            ("response_type", "code"),
            ("redirect_uri", &self.client.redirect),
            ("scope", "atproto"),
            ("state", &state),
            ("code_challenge", &digest(&verifier)),
            ("code_challenge_method", "S256"),
            (
                "login_hint",
                identity.handle.as_ref().unwrap_or(&identity.did),
            ),
        ];
        let url = issuer.push(&self.client, &key, &form).await?;
        let ends = now() + PATIENCE;
        let flow = Flow {
            issuer: issuer.issuer,
            did: identity.did,
            key: key.secret_jwk(),
            verifier,
            ends,
        };
        self.vault
            .put(Kind::State, digest(&state), json!(flow).to_string())
            .await?;
        Ok(Begun { url, state })
    }

    /// Ends a sign-in with what the browser brings back. The caller has compared `state` with its cookie.
    ///
    /// # Errors
    /// The person declined, or it is not certain who they are.
    pub async fn finish(&self, query: Callback) -> Result<SignedIn, SignInError> {
        let stale = || refused("This sign-in was not started here, or is over. Sign in again.");
        let flow = self
            .take_flow(&query.state.ok_or_else(stale)?)
            .await?
            .ok_or_else(stale)?;
        if query.iss.as_ref() != Some(&flow.issuer) {
            return Err(refused(
                "The answer comes from another server than the one you were sent to.",
            ));
        }
        match query.error.as_deref() {
            Some("access_denied") => return Err(SignInError::Denied),
            Some(error) => {
                let text = query.error_description.as_deref().unwrap_or(error);
                return Err(refused(format!("Your server says: {}", quoted(text))));
            }
            None => {}
        }
        let code = query.code.ok_or_else(stale)?;

        // The account must still name this issuer: only then is the issuer's word about it good.
        let identity = self.directory.document(&flow.did).await?;
        let issuer = Issuer::of(&self.client, &identity.pds).await?;
        if issuer.issuer != flow.issuer {
            return Err(refused(
                "Your account has moved to another server. Sign in again.",
            ));
        }
        let key = stored_key(&flow.key)?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &self.client.redirect),
            ("code_verifier", &flow.verifier),
        ];
        let grant = issuer.grant(&self.client, &key, &form).await?;
        let lock = self.locks.lock(&flow.did).await;
        self.accept(&flow.did, &issuer, &key, grant, None).await?;
        drop(lock);
        let handle = self.directory.verified_handle(&identity).await;
        Ok(SignedIn {
            did: flow.did,
            handle,
        })
    }

    /// Refreshes the person's tokens if they are near their end; one at a time for each DID.
    ///
    /// # Errors
    /// `Refused`: the person has to sign in again.
    pub async fn refresh(&self, did: &str) -> Result<(), SignInError> {
        let _lock = self.locks.lock(did).await;
        let over = || refused("The sign-in is over. Sign in again.");
        let old = self.session(did).await?.ok_or_else(over)?;
        if old.ends > now() + NEAR_END {
            return Ok(());
        }
        let token = old.refresh_token.as_deref().ok_or_else(over)?;
        let identity = self.directory.document(did).await?;
        let issuer = Issuer::of(&self.client, &identity.pds).await?;
        if issuer.issuer != old.issuer {
            return Err(refused(
                "Your account has moved to another server. Sign in again.",
            ));
        }
        let key = stored_key(&old.key)?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let grant = match issuer.grant(&self.client, &key, &form).await {
            Ok(grant) => grant,
            Err(Failure::Ended) => {
                self.vault.delete(Kind::Session, did.to_owned()).await?;
                return Err(Failure::Ended.into());
            }
            Err(Failure::Other(error)) => return Err(error),
        };
        let kept = self
            .accept(did, &issuer, &key, grant, old.refresh_token)
            .await;
        if kept.is_err() {
            // The refresh token in there is used up.
            self.vault.delete(Kind::Session, did.to_owned()).await?;
        }
        kept
    }

    /// Revokes the person's tokens as far as their issuer lets us, and deletes them here in any case.
    ///
    /// # Errors
    /// They could not be deleted here.
    pub async fn forget(&self, did: &str) -> Result<(), SignInError> {
        let _lock = self.locks.lock(did).await;
        let kept = self.session(did).await;
        self.vault.delete(Kind::Session, did.to_owned()).await?;
        if let Ok(Some(kept)) = kept
            && let Ok(key) = stored_key(&kept.key)
        {
            let farewell = async {
                if let Ok(issuer) = Issuer::at(&self.client, &kept.issuer).await {
                    self.revoke(&issuer, &key, &kept).await;
                }
            };
            let _ = tokio::time::timeout(FAREWELL, farewell).await;
        }
        Ok(())
    }

    /// To serve at `/oauth/client-metadata.json`.
    #[must_use]
    pub fn client_metadata(&self) -> Value {
        self.client.metadata()
    }

    /// To serve at `/oauth/jwks.json`.
    #[must_use]
    pub fn jwks(&self) -> Value {
        self.client.jwks()
    }

    /// The flow of this state; it is given out once.
    async fn take_flow(&self, state: &str) -> Result<Option<Flow>, SignInError> {
        let name = digest(state);
        let _lock = self.locks.lock(&name).await;
        let Some(text) = self.vault.get(Kind::State, name.clone()).await? else {
            return Ok(None);
        };
        self.vault.delete(Kind::State, name).await?;
        let flow: Option<Flow> = serde_json::from_str(&text).ok();
        Ok(flow.filter(|flow| flow.ends > now()))
    }

    async fn session(&self, did: &str) -> Result<Option<Session>, SignInError> {
        let text = self.vault.get(Kind::Session, did.to_owned()).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Keeps granted tokens; those that must not be accepted are given back.
    async fn accept(
        &self,
        did: &str,
        issuer: &Issuer,
        key: &SigningKey,
        grant: Grant,
        old_refresh_token: Option<String>,
    ) -> Result<(), SignInError> {
        let checked = grant.check(did);
        let session = Session {
            issuer: issuer.issuer.clone(),
            key: key.secret_jwk(),
            access_token: grant.access_token,
            refresh_token: grant.refresh_token.or(old_refresh_token),
            ends: now().saturating_add(grant.expires_in.unwrap_or(SHORT_LIFE)),
        };
        if checked.is_err() {
            self.revoke(issuer, key, &session).await;
            return checked;
        }
        let text = json!(session).to_string();
        Ok(self.vault.put(Kind::Session, did.to_owned(), text).await?)
    }

    async fn revoke(&self, issuer: &Issuer, key: &SigningKey, session: &Session) {
        for token in session.refresh_token.iter().chain([&session.access_token]) {
            issuer.revoke(&self.client, key, token).await;
        }
    }
}

fn stored_key(jwk: &str) -> Result<SigningKey, SignInError> {
    SigningKey::from_jwk(jwk).map_err(|_| refused("The sign-in was stored badly. Sign in again."))
}
