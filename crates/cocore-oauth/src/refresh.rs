//! The refresh of a session's tokens. A refresh token can be used once: of all servers, one at a time uses it.

use std::time::Duration;

use atproto_resolver::Did;
use tokio::time::{sleep, timeout};

use crate::account::IdentityResolver;
use crate::client::Client;
use crate::error::SignInError;
use crate::issuer::Issuer;
use crate::key::SigningKey;
use crate::random::random_text;
use crate::session_error::SessionError;
use crate::session_store::{SessionStore, StoredSession};
use crate::store::OAuthStoreError;
use crate::tokens::SessionTokens;

/// How long it may take to find the issuer. The request for tokens, which comes after it, ends by the time-out of the
/// client: it may be sent again with a nonce. A lease is longer than all of them.
const TIMEOUT: Duration = Duration::from_secs(18);
/// How often it is tried to store new tokens.
const STORE_ATTEMPTS: u32 = 20;
/// How long it takes from one attempt to the next.
const STORE_DELAY: Duration = Duration::from_millis(250);

/// What refreshes tokens.
pub(crate) struct Refresh<S> {
    pub(crate) client: Client,
    pub(crate) accounts: IdentityResolver,
    pub(crate) store: S,
}

impl<S: SessionStore> Refresh<S> {
    /// Refreshes the tokens of a session, and stores them before anyone uses them. Returns false if another server does
    /// it.
    pub(crate) async fn run(
        &self,
        did: &Did,
        session: &StoredSession,
    ) -> Result<bool, SessionError> {
        let refresher = random_text()?;
        if !self.store.lease(did, session.version, &refresher).await? {
            return Ok(false);
        }
        match self.request(did, &session.tokens).await {
            Ok(tokens) => self.keep(did, &refresher, &tokens).await,
            Err(SessionError::NotConnected) => {
                self.store.ended(did, session.version).await?;
                tracing::info!(%did, "the host of an account has revoked the session of the record proxy");
                Err(SessionError::NotConnected)
            }
            Err(error) => {
                self.store.release(did, &refresher).await?;
                Err(error)
            }
        }
    }

    /// Stores new tokens. A store that is unavailable may be available a moment later: the old tokens are used up.
    async fn keep(
        &self,
        did: &Did,
        refresher: &str,
        tokens: &SessionTokens,
    ) -> Result<bool, SessionError> {
        let mut attempt = 1;
        loop {
            match self.store_tokens(did, refresher, tokens).await {
                Ok(true) => return Ok(true),
                Ok(false) => {
                    // The person has disconnected, or connected again, in the meantime.
                    self.revoke(tokens).await;
                    return Ok(true);
                }
                Err(error) if attempt == STORE_ATTEMPTS => return Err(error.into()),
                Err(_) => {}
            }
            attempt += 1;
            sleep(STORE_DELAY).await;
        }
    }

    /// Stores new tokens. Returns whether they are stored: the answer to an earlier attempt may have been lost.
    async fn store_tokens(
        &self,
        did: &Did,
        refresher: &str,
        tokens: &SessionTokens,
    ) -> Result<bool, OAuthStoreError> {
        if self.store.refreshed(did, refresher, tokens).await? {
            return Ok(true);
        }
        let stored = self.store.load(did).await?;
        Ok(stored.is_some_and(|stored| stored.tokens == *tokens))
    }

    /// Revokes tokens. Returns whether the host confirmed it.
    pub(crate) async fn revoke(&self, tokens: &SessionTokens) -> bool {
        let client = self.client.with_id(&tokens.client_id);
        let Ok(key) = SigningKey::from_jwk(&tokens.key) else {
            return false;
        };
        match Issuer::fetch(&client, &tokens.issuer).await {
            Ok(issuer) => issuer.revoke_session(&client, &key, tokens).await,
            Err(error) => {
                tracing::warn!(%error, "the tokens of a session cannot be revoked");
                false
            }
        }
    }

    /// Asks the issuer for new tokens. `NotConnected` if it has revoked the session; `Moved` keeps it, for the account's document
    /// may lead back to it.
    async fn request(
        &self,
        did: &Did,
        tokens: &SessionTokens,
    ) -> Result<SessionTokens, SessionError> {
        let refresh_token = tokens.refresh_token.as_deref();
        let refresh_token = refresh_token.ok_or(SessionError::NotConnected)?;
        let client = self.client.with_id(&tokens.client_id);
        let key = SigningKey::from_jwk(&tokens.key).map_err(|_| SessionError::NotConnected)?;
        // The issuer may act for the account only while the account's document leads to it.
        let find = async {
            let account = self.accounts.resolve(did).await?;
            if account.pds.origin().ascii_serialization() != tokens.pds {
                return Err(SessionError::Moved);
            }
            let issuer = Issuer::for_data_server(&client, &account.pds).await?;
            if issuer.issuer != tokens.issuer {
                return Err(SessionError::Moved);
            }
            Ok((account, issuer))
        };
        let host = tokens.issuer.clone();
        let found = timeout(TIMEOUT, find).await;
        let (account, issuer) = found.unwrap_or(Err(SessionError::Timeout { host }))?;
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        let grant = issuer.grant(&client, &key, &form).await;
        let grant = grant.inspect_err(|error| {
            // The issuer's own words could hold a token.
            let is_rejected = matches!(error, SignInError::RejectedByIssuer { .. });
            let issuer = &tokens.issuer;
            tracing::warn!(%did, issuer, is_rejected, "tokens of the record proxy cannot be refreshed");
        })?;
        if let Err(error) = grant.check(did) {
            issuer.revoke(&client, &key, &grant).await;
            return Err(SignInError::into(error));
        }
        Ok(grant.into_tokens(&client, &issuer, &account.pds, &key, Some(refresh_token)))
    }
}
