//! The record proxy: what a key does at its account's own host, with a session that the person has left for it.

mod answer;

use std::sync::Arc;
use std::time::Duration;

use atproto_resolver::Did;
use cocore_keys::{CallerCredential, Permission, Scopes};
use cocore_oauth::{PdsAnswer, PdsCall, SessionTokens, SignInError};
use http::StatusCode;
use xrpc_server::{Head, XrpcError};

use crate::account_limit::AccountLimit;
use crate::errors::{RETRY_DELAY, insufficient_scope, unavailable};
use crate::principal::Principal;
use crate::proxy_sessions::{Connection, StoredConnection};
use crate::proxy_settings::{ProxySettings, is_reserved};
use crate::service_identity::ServiceIdentity;
use crate::sign_in::{Connections, SignInService};

pub(crate) use answer::{output, pds_error, unusable};

/// How many calls of one account are in progress at once.
const MAX_CALLS: usize = 16;
/// How long a call waits for others of its account: not at all, for it holds its record meanwhile.
const CALL_TIMEOUT: Duration = Duration::ZERO;

/// The path of the page on which a person connects the record proxy.
pub const PAGE: &str = "/records";

/// The record proxy of a server on which it is on.
pub struct RecordProxy {
    settings: ProxySettings,
    identity: Arc<ServiceIdentity>,
    sign_in: Arc<SignInService>,
    trusted_proxies: usize,
    /// An account whose host hangs does not take the place of others.
    calls: AccountLimit,
}

/// What the operator does not allow.
pub(crate) enum Refused {
    Collection,
    Service,
}

/// What became of a session at the person's host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnected {
    /// There was none.
    NotConnected,
    /// The host has revoked the tokens.
    Revoked,
    /// The tokens are removed here. The host has not confirmed that it revoked them.
    RemovedHere,
}

impl RecordProxy {
    /// Creates the record proxy of a server with these settings, behind this number of proxies.
    pub fn new(
        settings: ProxySettings,
        identity: Arc<ServiceIdentity>,
        sign_in: Arc<SignInService>,
        trusted_proxies: usize,
    ) -> Self {
        Self {
            settings,
            identity,
            sign_in,
            trusted_proxies,
            calls: AccountLimit::new(MAX_CALLS, CALL_TIMEOUT),
        }
    }

    /// What it may be used for.
    pub fn settings(&self) -> &ProxySettings {
        &self.settings
    }

    /// Checks that a caller, the operator and the protocol allow to issue tokens for a method of a service.
    ///
    /// # Errors
    /// `ServiceNotAllowed`, `InsufficientScope`, or `Forbidden` for a caller without a key.
    pub(crate) fn check_method(
        &self,
        caller: &Principal,
        lxm: &str,
        aud: &str,
    ) -> Result<Permission, XrpcError> {
        let did = aud.split_once('#').map_or(aud, |(did, _)| did);
        let own = Did::parse(&self.identity.did);
        let is_own = Did::parse(did).ok() == own.ok();
        if is_own || is_reserved(lxm) {
            // It would make a caller without scopes and limits of a key that has some.
            return Err(not_allowed(&Refused::Service));
        }
        // Only a scope for every service is one for a DID without a fragment.
        let scope_aud = if aud.contains('#') { aud } else { "*" };
        let permission = Permission::rpc(lxm, scope_aud);
        let permission = permission.map_err(|error| crate::errors::invalid("input/aud", error))?;
        self.check(caller, &permission, &Refused::Service)?;
        Ok(permission)
    }

    /// Checks that a caller and the operator allow what needs a permission, before anything else is looked at.
    ///
    /// # Errors
    /// The error for what the operator does not allow, `InsufficientScope`, or `Forbidden` for a caller without a key.
    pub(crate) fn check(
        &self,
        caller: &Principal,
        permission: &Permission,
        refused: &Refused,
    ) -> Result<(), XrpcError> {
        // Neither a service-auth token nor a session here is a consent to write records.
        let CallerCredential::ApiKey { grant, .. } = &caller.credential else {
            return Err(XrpcError::forbidden("the record proxy takes API keys only"));
        };
        if !self.settings.allows(permission) {
            return Err(not_allowed(refused));
        }
        if !grant.access.allows(permission) {
            return Err(insufficient_scope(&permission.to_string()));
        }
        Ok(())
    }

    /// Calls a method at the host of a caller's account, which has to have granted a permission.
    ///
    /// # Errors
    /// `SignInRequired`: the account has not connected the record proxy, has not granted the permission, or the host
    /// has ended the session; `PdsError` and `PdsTimeout`; `ServiceUnavailable`.
    pub(crate) async fn call(
        &self,
        caller: &Principal,
        head: &Head,
        permission: &Permission,
        call: PdsCall,
    ) -> Result<PdsAnswer, XrpcError> {
        let page = self.page();
        let did = Did::parse(caller.did.as_str()).map_err(|_| answer::sign_in_required(&page))?;
        let Connections { sessions, stored } = self.connections().await?;
        let connection = stored.find(did.as_str()).await;
        let connection = connection.map_err(|error| unavailable(&error))?;
        let connection = connection.ok_or_else(|| answer::sign_in_required(&page))?;
        if !granted(&connection.scope).is_some_and(|scopes| scopes.covers(permission)) {
            return Err(answer::not_granted(&page));
        }
        let _permit = self.calls.permit(did.as_str()).await.ok_or_else(|| {
            let message = "other calls of this account are in progress: try again soon";
            XrpcError::rate_limit_exceeded(RETRY_DELAY, message)
        })?;
        let address = head.client_address(self.trusted_proxies);
        let answered = sessions.call(&did, &call, address).await;
        let answered = answered.map_err(|error| answer::session_error(&error, &page))?;
        stored.record_use(did.as_str(), &connection).await;
        match answered.status {
            StatusCode::UNAUTHORIZED => Err(answer::rejected(&answered, &page)),
            _ => Ok(answered),
        }
    }

    /// Returns the connection of an account.
    ///
    /// # Errors
    /// `ServiceUnavailable`.
    pub async fn find(&self, did: &str) -> Result<Option<Connection>, XrpcError> {
        let found = self.connections().await?.stored.find(did).await;
        found.map_err(|error| unavailable(&error))
    }

    /// Stores the tokens that a person has just granted, if they are for the account that is signed in. Tokens that are
    /// replaced, or not stored, are revoked.
    ///
    /// # Errors
    /// `Forbidden` for another account, or `ServiceUnavailable`.
    pub async fn connect(
        &self,
        signed_in: Option<&str>,
        did: &Did,
        tokens: &SessionTokens,
    ) -> Result<(), XrpcError> {
        let Connections { sessions, stored } = self.connections().await?;
        let is_same = signed_in.is_some_and(|own| Did::parse(own).as_ref() == Ok(did));
        if !is_same {
            sessions.revoke(tokens).await;
            let message =
                "this browser is signed in with another account: connect the record proxy again";
            return Err(XrpcError::forbidden(message));
        }
        match stored.put(did.as_str(), tokens).await {
            Ok(None) => Ok(()),
            Ok(Some(before)) => {
                sessions.revoke(&before).await;
                Ok(())
            }
            Err(error) => {
                sessions.revoke(tokens).await;
                Err(unavailable(&error))
            }
        }
    }

    /// Revokes the tokens of an account at the host, and removes them: in this order, so that nothing is left at the host
    /// that nobody here knows of.
    ///
    /// # Errors
    /// `ServiceUnavailable`: it is to be tried again.
    pub async fn disconnect(&self, did: &str) -> Result<Disconnected, XrpcError> {
        let Connections { sessions, stored } = self.connections().await?;
        let mut disconnected = Disconnected::NotConnected;
        let mut created_at = None;
        loop {
            let session = stored.session(did).await;
            let session = session.map_err(|error| unavailable(&error))?;
            // Tokens that were refreshed meanwhile are those of the same session; a new one is the person's own wish.
            let is_same =
                |session: &StoredConnection| created_at.is_none_or(|at| at == session.created_at);
            let Some(session) = session.filter(is_same) else {
                return Ok(disconnected);
            };
            created_at = Some(session.created_at);
            disconnected = match &session.tokens {
                Some(tokens) if sessions.revoke(tokens).await => Disconnected::Revoked,
                _ => Disconnected::RemovedHere,
            };
            let removed = stored.remove(did, session.version).await;
            removed.map_err(|error| unavailable(&error))?;
        }
    }

    /// The address of the page on which a person connects the record proxy.
    fn page(&self) -> String {
        format!("{}{PAGE}", self.identity.browser_origin)
    }

    async fn connections(&self) -> Result<Connections, XrpcError> {
        let found = self.sign_in.connections().await;
        let found = found
            .map_err(|error: SignInError| XrpcError::service_unavailable(RETRY_DELAY, error))?;
        found.ok_or_else(off)
    }
}

/// The permissions that a person granted. `None` if there are none that a key could use.
pub fn granted(scope: &str) -> Option<Scopes> {
    // `atproto` is no permission, and a host may add scopes that are unknown here.
    let permissions = scope
        .split(' ')
        .map(Permission::parse)
        .filter_map(Result::ok);
    Scopes::from_permissions(permissions.collect()).ok()
}

/// The error of every method of the record proxy on a server on which it is off.
pub(crate) fn off() -> XrpcError {
    let message = "the record proxy is off: the operator of this server has allowed no collections \
                   (--proxy-collections)";
    XrpcError::new(StatusCode::NOT_IMPLEMENTED, "MethodNotImplemented", message)
}

fn not_allowed(refused: &Refused) -> XrpcError {
    let (name, message) = match refused {
        Refused::Collection => (
            "CollectionNotAllowed",
            "the operator of this server does not allow this collection (--proxy-collections)",
        ),
        Refused::Service => (
            "ServiceNotAllowed",
            "the operator of this server does not allow tokens for this method of this service (--proxy-methods)",
        ),
    };
    XrpcError::new(StatusCode::FORBIDDEN, name, message)
}
