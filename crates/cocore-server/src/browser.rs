//! Browsers that are signed in to the console: their session, their cookies, and the protection from
//! requests that other sites make them send.

mod cookies;
mod cross_site;

use std::sync::Arc;

use cocore_store::Session;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use lexicon_runtime::Did;
use xrpc_server::XrpcError;

use crate::allowed::Allowed;
use crate::errors::{account_not_served, auth_required, unavailable};
use crate::login_link::LOCAL_ACCOUNT;
use crate::service_identity::ServiceIdentity;
use crate::sessions::Sessions;

pub use cookies::Cookies;

/// A browser that is signed in.
pub struct SignedIn {
    /// The account, which this server serves.
    pub did: Did,
    /// The session.
    pub session: Session,
}

/// Finds the session of a browser's request, and rejects requests of other sites.
pub struct BrowserSessions {
    /// The sessions of all accounts.
    pub sessions: Sessions,
    /// The names and attributes of the cookies.
    pub cookies: Cookies,
    /// The origins that are this server's own.
    pub identity: Option<Arc<ServiceIdentity>>,
    /// The accounts that this server serves.
    pub allowed: Arc<Allowed>,
}

impl BrowserSessions {
    /// The session that a request's cookie names, if the request has no `Authorization` header. A session of
    /// the local account counts only on a server on loopback.
    ///
    /// # Errors
    /// `Forbidden` for an account that this server does not serve any more, or `ServiceUnavailable`.
    pub async fn session(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, XrpcError> {
        if headers.contains_key(AUTHORIZATION) {
            return Ok(None);
        }
        let Some(cookie) = self.cookies.session(headers) else {
            return Ok(None);
        };
        let found = self.sessions.find(cookie).await;
        let found = found.map_err(|error| unavailable(&error))?;
        let is_local = self.identity.as_ref().is_some_and(|own| own.is_local);
        let Some(session) = found.filter(|session| is_local || session.did != LOCAL_ACCOUNT) else {
            return Ok(None);
        };
        let did = Did::parse(session.did.clone()).map_err(|_| auth_required())?;
        if !self.allowed.includes(did.as_str()) {
            return Err(account_not_served());
        }
        Ok(Some(SignedIn { did, session }))
    }

    /// Rejects a JSON request that another site may have made a browser send.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn check_json_request(&self, headers: &HeaderMap) -> Result<(), XrpcError> {
        check(cross_site::is_own_json_request(
            headers,
            self.identity.as_deref(),
        ))
    }

    /// Rejects a form that another site may have made a browser send.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn check_form(&self, headers: &HeaderMap) -> Result<(), XrpcError> {
        check(cross_site::is_own_request(
            headers,
            self.identity.as_deref(),
        ))
    }
}

fn check(is_own: bool) -> Result<(), XrpcError> {
    if is_own {
        Ok(())
    } else {
        Err(XrpcError::forbidden("this request came from another site"))
    }
}
