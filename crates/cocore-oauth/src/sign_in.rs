//! Sign-ins from beginning to end.

use std::net::IpAddr;
use std::sync::Arc;

use atproto_resolver::{Did, Handle, Resolver};
use serde::Deserialize;
use serde_json::Value;

use crate::account::{IdentityResolver, ResolvedAccount};
use crate::client::{Client, SIGN_IN_SCOPE};
use crate::clock::Clock;
use crate::error::{SignInError, quoted};
use crate::issuer::Issuer;
use crate::key::SigningKey;
use crate::pending::PendingSignIn;
use crate::random::{digest, random_text};
use crate::session_store::SessionStore;
use crate::sessions::Sessions;
use crate::settings::{Settings, SettingsError};
use crate::store::OAuthStore;
use crate::tokens::SessionTokens;

/// How long a person has to sign in at their server, in seconds.
const SIGN_IN_LIFETIME: u64 = 15 * 60;

/// Signs in accounts.
pub struct SignIn<S> {
    client: Client,
    accounts: IdentityResolver,
    store: S,
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

/// The account that signed in, or connected.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedIn {
    /// The account.
    pub did: Did,
    /// Its handle, if it is verified in both directions.
    pub handle: Option<Handle>,
    /// The tokens of a connection, for the caller to store or to revoke. `None` for a sign-in.
    pub connection: Option<SessionTokens>,
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
        let accounts = self.accounts.on_behalf_of(address);
        let account = accounts.resolve_typed(handle_or_did).await?;
        self.ask(&account, SIGN_IN_SCOPE, false, address).await
    }

    /// Begins a connection of an account: it asks for the scope of the settings, and its tokens are kept.
    ///
    /// # Errors
    /// The account's issuer cannot be used or reached, or the settings have no such scope.
    pub async fn begin_connection(
        &self,
        did: &Did,
        address: Option<IpAddr>,
    ) -> Result<AuthorizationRequest, SignInError> {
        let scope = self.client.connection_scope.as_deref();
        let scope = scope.ok_or(SignInError::MissingScope)?;
        let account = self.accounts.on_behalf_of(address).resolve(did).await?;
        self.ask(&account, scope, true, address).await
    }

    /// Returns what acts for accounts with the tokens of their connections. Its requests go through another resolver,
    /// which has limits of its own.
    pub fn sessions<T: SessionStore>(&self, resolver: Resolver, store: T) -> Sessions<T> {
        Sessions::new(&self.client, resolver, store)
    }

    async fn ask(
        &self,
        account: &ResolvedAccount,
        scope: &str,
        is_connection: bool,
        address: Option<IpAddr>,
    ) -> Result<AuthorizationRequest, SignInError> {
        let client = self.client.on_behalf_of(address);
        let issuer = Issuer::for_data_server(&client, &account.pds).await?;
        let key = SigningKey::generate()?;
        let verifier = random_text()?;
        let state = random_text()?;
        let form = [
            ("response_type", "code"),
            ("redirect_uri", &client.redirect_uri),
            ("scope", scope),
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
            is_connection,
            expires_at,
        );
        self.store.put(digest(&state), pending.to_json()).await?;
        Ok(AuthorizationRequest { url, state })
    }

    /// Finishes a sign-in or a connection with the callback's query. The caller has compared `state` with its cookie. The
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
        let key = SigningKey::from_jwk(&pending.key).map_err(|_| SignInError::InvalidRecord)?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &client.redirect_uri),
            ("code_verifier", &pending.verifier),
        ];
        let grant = issuer.grant(&client, &key, &form).await?;
        if let Err(error) = grant.check(&did) {
            issuer.revoke(&client, &key, &grant).await;
            return Err(error);
        }
        if pending.is_connection && client.connection_scope.is_none() {
            // Another server with these settings has begun it.
            issuer.revoke(&client, &key, &grant).await;
            return Err(SignInError::MissingScope);
        }
        if pending.is_connection {
            let tokens = grant.into_tokens(&client, &issuer, &account.pds, &key, None);
            return Ok(SignedIn {
                did,
                handle: None,
                connection: Some(tokens),
            });
        }
        // The answer to who signed in is all that is needed. No token is kept.
        let revoked = issuer.revoke(&client, &key, &grant);
        let (handle, ()) = tokio::join!(accounts.verified_handle(&account), revoked);
        Ok(SignedIn {
            did,
            handle,
            connection: None,
        })
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
        let text = self.store.take(digest(state)).await?;
        let pending = text.and_then(|text| serde_json::from_str::<PendingSignIn>(&text).ok());
        let now = self.client.now();
        Ok(pending.filter(|pending| pending.expires_at > now))
    }
}
