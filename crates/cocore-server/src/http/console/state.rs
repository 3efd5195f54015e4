//! The state of the console.

use std::sync::Arc;

use actix_web::http::header::{HOST, LOCATION};
use actix_web::{HttpRequest, HttpResponse};
use cocore_console::HandleSignIn;
use cocore_gateway::Gateway;
use cocore_keys::{Clock, Keys};
use cocore_store::Store;
use xrpc_server::XrpcError;

use super::browser_name::browser_name;
use super::html::see_other;
use crate::account_limit::AccountLimit;
use crate::allowed::Allowed;
use crate::browser::BrowserSessions;
use crate::errors::unavailable;
use crate::inference::Readings;
use crate::login_link::LoginLinks;
use crate::record_proxy::RecordProxy;
use crate::service_identity::ServiceIdentity;
use crate::sessions::NewSession;
use crate::sign_in::SignInService;

/// The state of the console.
pub struct ConsoleState {
    /// The key service.
    pub keys: Arc<Keys<Store>>,
    /// How many pages with the keys of one account are made and sent at once. A program that lists the same
    /// keys does not keep their owner out.
    pub lists: AccountLimit,
    /// The sessions of browsers.
    pub browser: Arc<BrowserSessions>,
    /// The accounts that this server serves.
    pub allowed: Arc<Allowed>,
    /// The identity of this service, if it has one.
    pub identity: Option<Arc<ServiceIdentity>>,
    /// Sign-in with OAuth, if this service has an identity and an encryption key.
    pub sign_in: Option<Arc<SignInService>>,
    /// The record proxy, if it is on.
    pub record_proxy: Option<Arc<RecordProxy>>,
    /// The one-time links that sign in.
    pub login_links: LoginLinks,
    /// What calls of models have cost.
    pub readings: Readings,
    /// The upstreams of inference.
    pub gateway: Arc<Gateway>,
    /// The number of proxies in front of the server that append to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
}

impl ConsoleState {
    /// Returns whether an account can sign in with its handle, or why not.
    pub(super) fn handle_sign_in(&self) -> HandleSignIn {
        if self.sign_in.is_some() {
            HandleSignIn::Available
        } else if self.identity.is_some() {
            HandleSignIn::NoEncryptionKey
        } else {
            HandleSignIn::NoPublicUrl
        }
    }

    /// Returns whether a login link may sign in.
    pub(super) fn accepts_login_links(&self) -> bool {
        let identity = self.identity.as_ref();
        identity.is_some_and(|identity| identity.accepts_login_links())
    }

    /// Starts a new session for an account, and redirects the browser to its keys.
    pub(super) async fn start_session(
        &self,
        request: &HttpRequest,
        did: String,
        handle: Option<String>,
    ) -> Result<HttpResponse, XrpcError> {
        let BrowserSessions {
            sessions, cookies, ..
        } = &*self.browser;
        let head = xrpc_actix::head(request);
        let address = head.client_address(self.trusted_proxies);
        let new = NewSession {
            did,
            handle,
            browser: browser_name(head.header("user-agent").unwrap_or_default()),
            address: address
                .map(|address| address.to_string())
                .unwrap_or_default(),
        };
        // Another account may be signed in in this browser: it is signed out.
        if let Some(old) = self.browser.session(&head.headers).await? {
            let old = old.session;
            let ended = sessions.end(&old.did, Some(&old.id)).await;
            ended.map_err(|error| unavailable(&error))?;
        }
        let secret = sessions.start(new).await;
        let secret = secret.map_err(|error| unavailable(&error))?;
        let set = [cookies.set_session(&secret), cookies.remove_sign_in_state()];
        Ok(see_other("/", set))
    }

    /// Redirects a browser on this machine from `localhost` to the loopback address, the only loopback
    /// host that OAuth allows in a redirect URI.
    pub(in crate::http) fn redirect_to_loopback(
        &self,
        request: &HttpRequest,
    ) -> Option<HttpResponse> {
        let identity = self.identity.as_ref()?;
        let host = request.headers().get(HOST)?.to_str().ok()?;
        let (_, own) = identity.origin.split_once("://")?;
        if identity.browser_origin == identity.origin || host != own {
            return None;
        }
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let target = format!("{}{path}", identity.browser_origin);
        let mut answer = HttpResponse::TemporaryRedirect();
        Some(answer.insert_header((LOCATION, target)).finish())
    }
}
