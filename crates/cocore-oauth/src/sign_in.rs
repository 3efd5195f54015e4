//! Sign-ins from beginning to end, and the sessions that they create.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use atproto_resolver::{Did, Handle, Resolver};
use serde::Deserialize;
use serde_json::Value;

use crate::account::IdentityResolver;
use crate::client::Client;
use crate::clock::Clock;
use crate::error::{SignInError, quoted};
use crate::issuer::Issuer;
use crate::issuer_requests::Grant;
use crate::key::SigningKey;
use crate::locks::Locks;
use crate::random::{digest, random_text};
use crate::records::{PendingSignIn, Session};
use crate::settings::{Settings, SettingsError};
use crate::store::{EntryKind, OAuthStore};

/// How long a person has to sign in at their server, in seconds.
const SIGN_IN_LIFETIME: u64 = 15 * 60;
/// How long before their expiry tokens are refreshed, in seconds.
const REFRESH_MARGIN: u64 = 60;
/// The lifetime of tokens for which the issuer names none, in seconds.
const DEFAULT_TOKEN_LIFETIME: u64 = 5 * 60;
/// How long a sign-out waits for the issuer.
const REVOCATION_TIMEOUT: Duration = Duration::from_secs(5);

/// Signs in accounts and keeps their sessions.
pub struct SignIn<S> {
    client: Client,
    accounts: IdentityResolver,
    store: S,
    locks: Locks,
}

/// A sign-in that continues in the browser.
pub struct AuthorizationRequest {
    /// The page of the account's issuer to which the browser has to go.
    pub url: String,
    /// The value that the callback returns. Bind it to the browser with a cookie.
    pub state: String,
}

/// The query of the callback.
#[derive(Default, Deserialize)]
#[allow(missing_docs)] // The names are those of RFC 6749 and RFC 9207.
pub struct Callback {
    pub code: Option<String>,
    pub state: Option<String>,
    pub iss: Option<String>,
    pub error: Option<String>,
    pub error_description: Option<String>,
}

/// The account that signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedIn {
    /// The account.
    pub did: Did,
    /// Its handle, if it is verified in both directions.
    pub handle: Option<Handle>,
}

impl<S: OAuthStore> SignIn<S> {
    /// Creates a client with the HTTP client of `resolver`.
    ///
    /// # Errors
    /// A setting cannot work.
    pub fn new(
        settings: Settings,
        resolver: Resolver,
        store: S,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            client: Client::new(settings, resolver.http().clone(), clock)?,
            accounts: IdentityResolver::new(resolver),
            store,
            locks: Locks::default(),
        })
    }

    /// Begins a sign-in of the account with this handle or DID. The requests to its servers count as those of
    /// the person's address.
    ///
    /// # Errors
    /// There is no such account, or its issuer cannot be used or reached.
    pub async fn begin(
        &self,
        handle_or_did: &str,
        address: Option<IpAddr>,
    ) -> Result<AuthorizationRequest, SignInError> {
        let client = self.client.on_behalf_of(address);
        let accounts = self.accounts.on_behalf_of(address);
        let account = accounts.resolve_typed(handle_or_did).await?;
        let issuer = Issuer::for_data_server(&client, &account.pds).await?;
        let key = SigningKey::generate()?;
        let verifier = random_text()?;
        let state = random_text()?;
        let form = [
            ("response_type", "code"),
            ("redirect_uri", &client.redirect_uri),
            ("scope", "atproto"),
            ("state", &state),
            ("code_challenge", &digest(&verifier)),
            ("code_challenge_method", "S256"),
            ("login_hint", &account.login_hint()),
        ];
        let url = issuer.push(&client, &key, &form).await?;
        let expires_at = client.now() + SIGN_IN_LIFETIME;
        let pending = PendingSignIn::new(
            issuer.issuer,
            account.did(),
            key.secret_jwk(),
            verifier,
            expires_at,
        );
        self.store
            .put(EntryKind::PendingSignIn, digest(&state), pending.to_json())
            .await?;
        Ok(AuthorizationRequest { url, state })
    }

    /// Finishes a sign-in with the callback's query. The caller has compared `state` with its cookie. The
    /// requests to other servers count as those of the person's address.
    ///
    /// # Errors
    /// The person declined, or the callback does not prove which account signed in.
    pub async fn finish(
        &self,
        query: Callback,
        address: Option<IpAddr>,
    ) -> Result<SignedIn, SignInError> {
        let client = self.client.on_behalf_of(address);
        let accounts = self.accounts.on_behalf_of(address);
        let state = query.state.ok_or(SignInError::UnknownState)?;
        let pending = self.take_pending(&state).await?;
        let pending = pending.ok_or(SignInError::UnknownState)?;
        if query.iss.as_ref() != Some(&pending.issuer) {
            return Err(SignInError::OtherCallbackIssuer);
        }
        match query.error.as_deref() {
            Some("access_denied") => return Err(SignInError::Denied),
            Some(error) => {
                let text = query.error_description.as_deref().unwrap_or(error);
                return Err(SignInError::CallbackError(quoted(text)));
            }
            None => {}
        }
        let code = query.code.ok_or(SignInError::UnknownState)?;
        let did = pending.did().ok_or(SignInError::InvalidRecord)?;

        // The issuer may speak for the account only while the account's document leads to it.
        let account = accounts.resolve(&did).await?;
        let issuer = Issuer::for_data_server(&client, &account.pds).await?;
        if issuer.issuer != pending.issuer {
            return Err(SignInError::AccountMoved);
        }
        let key = stored_key(&pending.key)?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &client.redirect_uri),
            ("code_verifier", &pending.verifier),
        ];
        let grant = issuer.grant(&client, &key, &form).await?;
        let lock = self.locks.lock(did.as_str()).await;
        self.store_session(&did, &issuer, &key, grant, None).await?;
        drop(lock);
        let handle = accounts.verified_handle(&account).await;
        Ok(SignedIn { did, handle })
    }

    /// Refreshes the tokens of an account if they are about to expire. Refreshes of one account happen one
    /// after the other.
    ///
    /// # Errors
    /// An error of the kind `Rejected` means that the person has to sign in again.
    pub async fn refresh(&self, did: &Did) -> Result<(), SignInError> {
        let _lock = self.locks.lock(did.as_str()).await;
        let old = self.session(did).await?.ok_or(SignInError::NoSession)?;
        if old.expires_at > self.client.now() + REFRESH_MARGIN {
            return Ok(());
        }
        let token = old.refresh_token.as_deref();
        let token = token.ok_or(SignInError::NoSession)?;
        let account = self.accounts.resolve(did).await?;
        let issuer = Issuer::for_data_server(&self.client, &account.pds).await?;
        if issuer.issuer != old.issuer {
            return Err(SignInError::AccountMoved);
        }
        let key = stored_key(&old.key)?;
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let grant = match issuer.grant(&self.client, &key, &form).await {
            Err(SignInError::InvalidGrant) => {
                self.delete_session(did).await?;
                return Err(SignInError::InvalidGrant);
            }
            result => result?,
        };
        let stored = self
            .store_session(did, &issuer, &key, grant, old.refresh_token)
            .await;
        if stored.is_err() {
            // The refresh token in the store has been used up.
            self.delete_session(did).await?;
        }
        stored
    }

    /// Deletes the tokens of an account, and asks its issuer to revoke them.
    ///
    /// # Errors
    /// The tokens could not be deleted here. An issuer that does not answer is no error.
    pub async fn sign_out(&self, did: &Did) -> Result<(), SignInError> {
        let _lock = self.locks.lock(did.as_str()).await;
        let session = self.session(did).await;
        self.delete_session(did).await?;
        if let Ok(Some(session)) = session
            && let Ok(key) = stored_key(&session.key)
        {
            let revocation = async {
                if let Ok(issuer) = Issuer::fetch(&self.client, &session.issuer).await {
                    self.revoke(&issuer, &key, &session).await;
                }
            };
            let _ = tokio::time::timeout(REVOCATION_TIMEOUT, revocation).await;
        }
        Ok(())
    }

    /// The document to serve at `/oauth/client-metadata.json`.
    #[must_use]
    pub fn client_metadata(&self) -> Value {
        self.client.metadata()
    }

    /// The document to serve at `/oauth/jwks.json`.
    #[must_use]
    pub fn jwks(&self) -> Value {
        self.client.jwks()
    }

    /// Removes the pending sign-in with this `state` from the store, and returns it unless it has expired.
    async fn take_pending(&self, state: &str) -> Result<Option<PendingSignIn>, SignInError> {
        let key = digest(state);
        let _lock = self.locks.lock(&key).await;
        let text = self
            .store
            .get(EntryKind::PendingSignIn, key.clone())
            .await?;
        let Some(text) = text else {
            return Ok(None);
        };
        self.store.delete(EntryKind::PendingSignIn, key).await?;
        let pending: Option<PendingSignIn> = serde_json::from_str(&text).ok();
        let now = self.client.now();
        Ok(pending.filter(|pending| pending.expires_at > now))
    }

    async fn session(&self, did: &Did) -> Result<Option<Session>, SignInError> {
        let text = self.store.get(EntryKind::Session, did.to_string()).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    async fn delete_session(&self, did: &Did) -> Result<(), SignInError> {
        Ok(self
            .store
            .delete(EntryKind::Session, did.to_string())
            .await?)
    }

    /// Stores granted tokens. Tokens that are not what was asked for are revoked instead.
    async fn store_session(
        &self,
        did: &Did,
        issuer: &Issuer,
        key: &SigningKey,
        grant: Grant,
        old_refresh_token: Option<String>,
    ) -> Result<(), SignInError> {
        let checked = grant.check(did);
        let lifetime = grant.expires_in.unwrap_or(DEFAULT_TOKEN_LIFETIME);
        let session = Session {
            issuer: issuer.issuer.clone(),
            key: key.secret_jwk(),
            access_token: grant.access_token,
            refresh_token: grant.refresh_token.or(old_refresh_token),
            expires_at: self.client.now().saturating_add(lifetime),
        };
        if checked.is_err() {
            self.revoke(issuer, key, &session).await;
            return checked;
        }
        let (key, value) = (did.to_string(), session.to_json());
        Ok(self.store.put(EntryKind::Session, key, value).await?)
    }

    async fn revoke(&self, issuer: &Issuer, key: &SigningKey, session: &Session) {
        for token in session.refresh_token.iter().chain([&session.access_token]) {
            issuer.revoke(&self.client, key, token).await;
        }
    }
}

fn stored_key(jwk: &str) -> Result<SigningKey, SignInError> {
    SigningKey::from_jwk(jwk).map_err(|_| SignInError::InvalidRecord)
}
