//! Builds the application from its settings: the one place that knows which parts there are.

use std::net::SocketAddr;
use std::sync::Arc;

use cocore_identity::{Limits, Policy, Resolver, ServiceAuth};
use cocore_keys::{Clock, Keys, Random};
use cocore_store::Store;

use crate::allowed::Allowed;
use crate::authentication::Authenticator;
use crate::browser::{BrowserSessions, Cookies};
use crate::failure::Failure;
use crate::http::console::state::ConsoleState;
use crate::login_link::LoginLink;
use crate::service_identity::{SERVICES, ServiceIdentity};
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::sign_in::SignIns;
use crate::state::AppState;

/// What the application needs of the world.
pub struct Environment {
    /// The database.
    pub store: Store,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// The address that the server is bound to.
    pub address: SocketAddr,
    /// The one-time login link, if the server prints one.
    pub login_link: Option<LoginLink>,
}

/// Builds the application.
///
/// # Errors
/// One line: which setting, what was expected; or TLS cannot be set up on this machine.
pub fn app_state(settings: Settings, environment: Environment) -> Result<AppState, Failure> {
    let Environment {
        store,
        clock,
        random,
        address,
        login_link,
    } = environment;
    let settings = Arc::new(settings);
    let identity = ServiceIdentity::new(&settings.listen, address).map(Arc::new);
    let allowed = Arc::new(allowed(&settings)?);
    let keys = Keys::new(store.clone(), clock.clone(), random.clone());
    let keys = Arc::new(keys);
    let service_auth = identity
        .as_ref()
        .map(|identity| service_auth(&settings, identity))
        .transpose()?;
    let sign_in = sign_in(&settings, identity.clone(), &store, &clock, &random)?;
    let is_https = identity.as_ref().is_some_and(|own| own.is_https());
    let browser = Arc::new(BrowserSessions {
        sessions: Sessions::new(store.clone(), clock.clone(), random),
        cookies: Cookies::new(is_https),
        identity: identity.clone(),
        allowed: allowed.clone(),
    });
    let authenticator = Authenticator {
        keys: keys.clone(),
        service_auth,
        store: store.clone(),
        browser: browser.clone(),
        allowed: allowed.clone(),
        clock: clock.clone(),
    };
    let console = ConsoleState {
        keys: keys.clone(),
        browser,
        allowed,
        identity: identity.clone(),
        sign_in,
        login_link,
        trusted_proxies: settings.trusted_proxies,
        clock,
    };
    Ok(AppState {
        store,
        keys,
        authenticator: Arc::new(authenticator),
        console: Arc::new(console),
        identity,
    })
}

fn allowed(settings: &Settings) -> Result<Allowed, Failure> {
    Allowed::parse(&settings.allow)
        .map_err(|error| Failure::new(format!("--allow (COCORE_ALLOW): {error}")))
}

fn service_auth(settings: &Settings, identity: &ServiceIdentity) -> Result<ServiceAuth, Failure> {
    let resolver = Resolver::new(
        settings.plc_url.as_str(),
        settings.allow_localhost,
        Limits::default(),
    );
    let resolver = resolver.map_err(|error| Failure::new(format!("no TLS: {error}")))?;
    let policy = Policy {
        audience: identity.did.clone(),
        services: SERVICES.map(|(id, _)| id).to_vec(),
        longest_life: settings.token_life,
    };
    Ok(ServiceAuth::new(policy, resolver))
}

/// Sign-in with OAuth needs an identity and an encryption key.
fn sign_in(
    settings: &Arc<Settings>,
    identity: Option<Arc<ServiceIdentity>>,
    store: &Store,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Option<Arc<SignIns>>, Failure> {
    let (Some(identity), Some(key)) = (identity, settings.encryption_key.clone()) else {
        return Ok(None);
    };
    let (store, clock, random) = (store.clone(), clock.clone(), random.clone());
    let sign_in = SignIns::new(settings.clone(), identity, key, store, clock, random)?;
    Ok(Some(Arc::new(sign_in)))
}
