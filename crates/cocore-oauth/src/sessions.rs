//! Sessions: what this server does for accounts at their hosts, with the tokens that they granted.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use atproto_resolver::{Did, Resolver};
use http::StatusCode;
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use crate::account::IdentityResolver;
use crate::client::Client;
use crate::key::SigningKey;
use crate::refresh::Refresh;
use crate::resource::{PdsAnswer, PdsCall, Resource};
use crate::session_error::SessionError;
use crate::session_store::{SessionStore, StoredSession};
use crate::tokens::SessionTokens;
use crate::turns::Turns;

/// How long before its end an access token is refreshed, in seconds.
const REFRESH_MARGIN: u64 = 30;
/// How old an access token has to be for a rejection to be a reason to refresh it, in seconds.
const MIN_AGE: u64 = 30;
/// How long a call waits until tokens are refreshed.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(25);
/// How often a call looks whether another server has refreshed the tokens.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// How long it is known where an account's data server is.
const HOST_LIFETIME: Duration = Duration::from_secs(60);
/// Of how many accounts that is known.
const MAX_HOSTS: usize = 4096;

/// Acts for accounts at their hosts. A clone shares everything.
pub struct Sessions<S>(Arc<Shared<S>>);

impl<S> Clone for Sessions<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct Shared<S> {
    refresh: Refresh<S>,
    turns: Turns,
    hosts: Mutex<HashMap<Did, (Url, Instant)>>,
}

impl<S: SessionStore> Sessions<S> {
    pub(crate) fn new(client: &Client, resolver: Resolver, store: S) -> Self {
        let refresh = Refresh {
            client: client.with_http(resolver.http().clone()),
            accounts: IdentityResolver::new(resolver),
            store,
        };
        Self(Arc::new(Shared {
            refresh,
            turns: Turns::default(),
            hosts: Mutex::default(),
        }))
    }

    /// Calls a method at an account's data server. The requests count as those of the address.
    ///
    /// An access token that is about to expire, or that the data server rejects, is refreshed first: by one server at a
    /// time. An answer with status 401 means that the data server rejects fresh tokens.
    ///
    /// # Errors
    /// The account has no session, or its host has ended it; the host or the store is unavailable.
    pub async fn call(
        &self,
        did: &Did,
        call: &PdsCall,
        address: Option<IpAddr>,
    ) -> Result<PdsAnswer, SessionError> {
        let Shared { refresh, .. } = &*self.0;
        let mut rejected = None;
        loop {
            let session = self.current(did, rejected).await;
            let session = session.map_err(SessionError::of_preparation)?;
            let pds = self.host(did, address).await;
            let pds = pds.map_err(SessionError::of_preparation)?;
            if pds.origin().ascii_serialization() != session.tokens.pds {
                // Its tokens must not be sent to another host.
                return Err(SessionError::Moved);
            }
            let key = SigningKey::from_jwk(&session.tokens.key);
            let resource = Resource {
                http: &refresh.client.http.on_behalf_of(address),
                nonces: &refresh.client.nonces,
                now: refresh.client.now(),
                pds: &pds,
            };
            let key = key.map_err(|_| SessionError::NotConnected)?;
            let answer = resource.call(&session.tokens, &key, call).await?;
            let age = resource.now.saturating_sub(session.tokens.issued_at);
            let is_rejected =
                answer.status == StatusCode::UNAUTHORIZED && !answer.is_about_account();
            if !is_rejected || rejected.is_some() || age < MIN_AGE {
                return Ok(answer);
            }
            rejected = Some(session.version);
        }
    }

    /// Revokes the tokens of a session. Returns whether the host confirmed it.
    pub async fn revoke(&self, tokens: &SessionTokens) -> bool {
        self.0.refresh.revoke(tokens).await
    }

    /// Returns a session whose access token can be used, and is not that of the version that was rejected.
    async fn current(
        &self,
        did: &Did,
        rejected: Option<i64>,
    ) -> Result<StoredSession, SessionError> {
        let refresh = &self.0.refresh;
        let until = Instant::now() + REFRESH_TIMEOUT;
        let mut is_refreshed = false;
        let load = async |is_refreshed: bool| {
            let found = refresh.store.load(did).await?;
            let session = found.ok_or(SessionError::NotConnected)?;
            // Some issuers' tokens are valid for less than the margin.
            let lifetime = session
                .tokens
                .expires_at
                .saturating_sub(session.tokens.issued_at);
            let margin = REFRESH_MARGIN.min(lifetime / 2);
            let is_fresh = session.tokens.expires_at > refresh.client.now() + margin;
            let is_usable = (is_fresh || is_refreshed) && rejected != Some(session.version);
            Ok::<_, SessionError>((session, is_usable))
        };
        loop {
            let (session, is_usable) = load(is_refreshed).await?;
            if is_usable {
                return Ok(session);
            }
            let turn = self.0.turns.take(did);
            let turn = timeout_at(until, turn).await;
            let turn = turn.map_err(|_| SessionError::Refreshing)?;
            let (session, is_usable) = load(is_refreshed).await?;
            if is_usable {
                return Ok(session);
            }
            // To its end, whatever becomes of the caller: a refresh token can be used once.
            let (shared, did) = (self.0.clone(), did.clone());
            let refreshed = tokio::spawn(async move {
                let _turn = turn;
                shared.refresh.run(&did, &session).await
            });
            let refreshed = refreshed.await.map_err(|_| SessionError::Refreshing)?;
            is_refreshed = refreshed?;
            if !is_refreshed {
                // Another server does it.
                if Instant::now() >= until {
                    return Err(SessionError::Refreshing);
                }
                sleep(POLL_INTERVAL).await;
            }
        }
    }

    /// Returns the origin of an account's data server, by its DID document.
    async fn host(&self, did: &Did, address: Option<IpAddr>) -> Result<Url, SessionError> {
        let hosts = || self.0.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let known = hosts().get(did).cloned();
        if let Some((pds, until)) = known
            && until > Instant::now()
        {
            return Ok(pds);
        }
        let accounts = self.0.refresh.accounts.on_behalf_of(address);
        let pds = accounts.resolve(did).await?.pds;
        let mut hosts = hosts();
        if hosts.len() >= MAX_HOSTS {
            hosts.clear();
        }
        hosts.insert(did.clone(), (pds.clone(), Instant::now() + HOST_LIFETIME));
        Ok(pds)
    }
}
