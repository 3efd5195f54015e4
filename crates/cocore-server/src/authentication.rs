//! Authentication: the credential of a request becomes a [`Principal`].

mod credential;

use std::fmt::Display;
use std::net::IpAddr;
use std::sync::Arc;

use chrono::DateTime;
use cocore_identity::{ServiceAuth, ServiceAuthError, Target};
use cocore_keys::{CallerCredential, Clock, Keys, VerifiedKey};
use cocore_store::Store;
use http::HeaderMap;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use lexicon_runtime::{Did, MethodKind};
use sha2::{Digest, Sha256};
use xrpc_server::{Head, MethodInfo, StatusCode, XrpcError};

use crate::allowed::Allowed;
use crate::browser::BrowserSessions;
use crate::connections::registry::Connection;
use crate::errors::{
    INVALID_TOKEN, RETRY_DELAY, account_not_served, auth_required, insufficient_scope,
    invalid_bearer, unavailable,
};
use crate::principal::Principal;
use crate::rate_limits::{RateLimits, RateReport};
use crate::service_identity::{Audiences, is_scoped_by_input, method_scope, service_of};

pub use credential::Credential;

/// Authenticates requests: by an API key, a service-auth token, or the console's session cookie.
pub struct Authenticator {
    /// The key service.
    pub keys: Arc<Keys<Store>>,
    /// Verifies service-auth tokens, if this service has an identity.
    pub service_auth: Option<ServiceAuth>,
    /// Where used tokens are recorded.
    pub store: Store,
    /// Finds the session of a cookie.
    pub browser: Arc<BrowserSessions>,
    /// The accounts that this server serves.
    pub allowed: Arc<Allowed>,
    /// How often a credential calls methods.
    pub rate_limits: RateLimits,
    /// The services that the scopes of keys name.
    pub audiences: Audiences,
    /// The number of proxies in front of the server that append to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
}

/// Where a call comes from.
pub struct Origin<'r> {
    /// The client's address.
    pub client: Option<IpAddr>,
    /// The connection, if it has limits before anyone is authenticated.
    pub connection: Option<&'r Connection>,
    /// Where the limits that the call counted for are reported.
    pub report: Option<&'r RateReport>,
}

impl xrpc_server::Authenticator for Authenticator {
    type Caller = Principal;

    /// Authenticates a call of a method.
    ///
    /// # Errors
    /// `AuthRequired`, the same for every way in which a key can be invalid; the name of
    /// the defect of a service-auth token; `InsufficientScope`; `Forbidden`;
    /// `RateLimitExceeded`; or `ServiceUnavailable`.
    async fn authenticate(&self, head: &Head, method: MethodInfo) -> Result<Principal, XrpcError> {
        let authorization = head.headers.get_all(AUTHORIZATION).into_iter();
        let credential = Credential::parse(authorization.map(|value| value.as_bytes()));
        let origin = Origin {
            client: head.client_address(self.trusted_proxies),
            connection: head.extensions.get(),
            report: head.extensions.get(),
        };
        if credential != Credential::None {
            return self
                .authenticate_program(credential, method.nsid, origin)
                .await;
        }
        // The rarer credentials take several KiB of state: in a box, the requests with a key do not.
        let by_cookie = Box::pin(self.by_cookie(&head.headers, method.kind));
        let caller = Principal::new(by_cookie.await?, CallerCredential::Session);
        self.admit(caller, &origin)
    }
}

impl Authenticator {
    /// Authenticates a call of a method by a credential that no browser sends by itself.
    ///
    /// # Errors
    /// As for a method.
    pub async fn authenticate_program(
        &self,
        credential: Credential<'_>,
        nsid: &str,
        origin: Origin<'_>,
    ) -> Result<Principal, XrpcError> {
        let caller = match credential {
            Credential::Key(key) => self.by_key(key, nsid).await?,
            Credential::Token(token) => {
                let by_token = Box::pin(self.by_token(token, nsid, origin.client));
                Principal::new(by_token.await?, CallerCredential::ServiceAuth)
            }
            Credential::None | Credential::Basic(_) | Credential::OtherScheme => {
                return Err(auth_required());
            }
            Credential::Invalid => return Err(invalid_bearer()),
        };
        self.admit(caller, &origin)
    }

    /// Counts a call of a caller.
    fn admit(&self, caller: Principal, origin: &Origin<'_>) -> Result<Principal, XrpcError> {
        if let Some(connection) = origin.connection {
            connection.set_authenticated();
        }
        self.rate_limits.count_call(&caller, origin.report)?;
        Ok(caller)
    }

    /// The owner of the key that a request is authenticated with. Any other kind of credential is
    /// rejected. Counts as a use of the key.
    ///
    /// # Errors
    /// `AuthRequired` or `ServiceUnavailable`.
    pub async fn require_key(&self, credential: Credential<'_>) -> Result<VerifiedKey, XrpcError> {
        match credential {
            Credential::Key(key) => self.verify_key(key).await?.ok_or_else(invalid_bearer),
            Credential::Token(_) | Credential::Invalid => Err(invalid_bearer()),
            Credential::None | Credential::Basic(_) | Credential::OtherScheme => {
                Err(auth_required())
            }
        }
    }

    /// The owner of a key, if the key is active and its account is served here. Counts as a use of the
    /// key.
    ///
    /// # Errors
    /// `ServiceUnavailable`.
    pub async fn verify_key(&self, key: &str) -> Result<Option<VerifiedKey>, XrpcError> {
        let found = self.keys.verify(key).await;
        let found = found.map_err(|error| unavailable(&error))?;
        Ok(found.filter(|owner| self.allowed.includes(owner.did.as_str())))
    }

    async fn by_key(&self, key: &str, nsid: &str) -> Result<Principal, XrpcError> {
        let found = self.keys.verify(key).await;
        let found = found.map_err(|error| unavailable(&error))?;
        let owner = found.ok_or_else(invalid_bearer)?;
        if !self.allowed.includes(owner.did.as_str()) {
            return Err(account_not_served());
        }
        if !owner.access.is_everything() && !is_scoped_by_input(nsid) {
            let aud = self.audiences.of_method(nsid);
            if !owner.access.allows_method(nsid, aud) {
                return Err(insufficient_scope(&method_scope(nsid, aud)));
            }
        }
        Ok(Principal::from(owner))
    }

    async fn by_token(
        &self,
        token: &str,
        nsid: &str,
        client: Option<IpAddr>,
    ) -> Result<Did, XrpcError> {
        let Some(service_auth) = &self.service_auth else {
            return Err(invalid_bearer());
        };
        let now = self.clock.now().timestamp_millis() as f64 / 1000.0;
        let target = Target {
            method: nsid,
            service: service_of(nsid),
        };
        let caller = service_auth
            .verify(token, target, client, now, |did| {
                self.allowed.includes(did.as_str())
            })
            .await;
        let caller = caller.map_err(|error| token_error(&error))?;
        let digest = Sha256::digest(format!("{}\n{}", caller.did, caller.token_id)).into();
        let until = DateTime::from_timestamp(caller.remember_until, 0).unwrap_or_default();
        let is_first_use = self.store.token_seen_first(digest, until).await;
        if !is_first_use.map_err(|error| unavailable(&error))? {
            let message = "`jti`: this token was used before";
            return Err(invalid_token("JwtReplayed", message));
        }
        Ok(caller.did.into())
    }

    async fn by_cookie(&self, headers: &HeaderMap, kind: MethodKind) -> Result<Did, XrpcError> {
        let signed_in = self.browser.session(headers).await?;
        let signed_in = signed_in.ok_or_else(auth_required)?;
        if kind == MethodKind::Procedure {
            self.browser.check_json_request(headers)?;
        }
        Ok(signed_in.did)
    }
}

/// 401 with the name of a token's defect.
fn invalid_token(name: &str, message: impl Display) -> XrpcError {
    XrpcError::new(StatusCode::UNAUTHORIZED, name, message)
        .with_header(WWW_AUTHENTICATE, INVALID_TOKEN)
}

fn token_error(error: &ServiceAuthError) -> XrpcError {
    match error {
        ServiceAuthError::Unavailable(cause) => {
            tracing::warn!(%cause, "the DID document of an issuer is unavailable");
            let message = "the issuer's DID document is unavailable: try again soon";
            XrpcError::service_unavailable(RETRY_DELAY, message)
        }
        ServiceAuthError::Forbidden => account_not_served(),
        _ => invalid_token(error.name(), error),
    }
}
