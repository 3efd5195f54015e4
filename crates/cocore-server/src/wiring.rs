//! Builds the application from its settings: the one place that knows which parts there are.

use std::sync::Arc;
use std::time::Duration;

use atproto_resolver::{Did, RequestLimits, Resolver, ResolverBuilder};
use cocore_gateway::Gateway;
use cocore_identity::{KeyResolver, Limits, Policy, ServiceAuth};
use cocore_keys::{Clock, Keys, Random};
use cocore_store::Store;
use lexicon_site::ResolveLexicon;

use crate::account_limit::AccountLimit;
use crate::allowed::Allowed;
use crate::api::Api;
use crate::authentication::Authenticator;
use crate::body_budget::BodyBudget;
use crate::browser::{BrowserSessions, Cookies};
use crate::clock::ServerClock;
use crate::failure::Failure;
use crate::http::console::state::ConsoleState;
use crate::http::security_txt::SecurityTxt;
use crate::http::verify_settings::VerifySettings;
use crate::idempotency::Idempotency;
use crate::inference::{Accounting, Readings, read_upstreams};
use crate::lexicon_site::lexicon_site;
use crate::listen::ListenAddress;
use crate::login_link::LoginLinks;
use crate::proxy_settings::names_did;
use crate::rate_limits::RateLimits;
use crate::readiness::ReadinessMonitor;
use crate::record_proxy::RecordProxy;
use crate::service_identity::{Audiences, ServiceIdentity};
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::sign_in::{ConnectionParts, SignInParts, SignInService};
use crate::state::AppState;
use crate::telemetry::{InferenceMetrics, RequestMetrics};

/// How long one request of the record proxy to a host may take: a record may have 1 MiB.
const PROXY_TIMEOUT: Duration = Duration::from_secs(10);
/// How many requests of the record proxy may be in flight: many accounts have the same host.
const PROXY_LIMITS: RequestLimits = RequestLimits {
    in_all: 256,
    per_host: 128,
};

/// What the application needs of the world.
pub struct Environment {
    /// The database.
    pub store: Store,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// The address that the server is bound to.
    pub address: ListenAddress,
}

/// Builds the application.
///
/// # Errors
/// One line: which setting, what was expected; or TLS cannot be set up on this machine.
pub fn app_state(settings: &Settings, environment: Environment) -> Result<AppState, Failure> {
    let Environment {
        store,
        clock,
        random,
        address,
    } = environment;
    let identity = ServiceIdentity::new(&settings.listen, &address).map(Arc::new);
    let allowed = Arc::new(accounts(&settings.allow, "--allow (COCORE_ALLOW)")?);
    let keys = Keys::new(store.clone(), clock.clone(), random.clone()).with_quota(settings.quota);
    let keys = Arc::new(keys);
    let (mut service_auth, mut sign_in) = (None, None);
    if let Some(identity) = &identity {
        let resolver = resolver(settings)?;
        service_auth = Some(self::service_auth(
            settings,
            identity,
            resolver.clone(),
            &clock,
        )?);
        // Without an encryption key there is no sign-in.
        if let Some(encryption_key) = settings.encryption_key.clone() {
            let parts = SignInParts {
                identity: identity.clone(),
                resolver,
                encryption_key,
                store: store.clone(),
                clock: clock.clone(),
                random: random.clone(),
                connections: connection_parts(settings)?,
            };
            sign_in = Some(Arc::new(SignInService::new(parts)?));
        }
    }
    let record_proxy = record_proxy(settings, identity.as_ref(), sign_in.as_ref())?;
    let is_https = identity.as_ref().is_some_and(|own| own.is_https());
    let browser = Arc::new(BrowserSessions {
        sessions: Sessions::new(store.clone(), clock.clone(), random.clone()),
        cookies: Cookies::new(is_https),
        identity: identity.clone(),
        allowed: allowed.clone(),
    });
    let rate_limits = RateLimits::new(settings.rates, &clock);
    let authenticator = Authenticator {
        keys: keys.clone(),
        service_auth,
        store: store.clone(),
        browser: browser.clone(),
        allowed: allowed.clone(),
        rate_limits: rate_limits.clone(),
        audiences: Audiences::new(identity.as_deref()),
        trusted_proxies: settings.trusted_proxies,
        clock: clock.clone(),
    };
    let verify_settings = VerifySettings {
        reads_api_key_header: settings.verify_api_key_header,
        resource_servers: accounts(
            &settings.resource_servers,
            "--resource-servers (COCORE_RESOURCE_SERVERS)",
        )?,
    };
    let idempotency = Idempotency::new(settings.encryption_key.clone(), random.clone());
    let metrics = settings
        .admin_listen
        .as_ref()
        .map(|_| RequestMetrics::default());
    let readiness = ReadinessMonitor::new(store.clone(), keys.clone(), clock.clone());
    let security_txt = SecurityTxt::new(
        &settings.security_contacts,
        settings.listen.public_url.as_deref(),
        clock.clone(),
    );
    let inference = Arc::new(InferenceMetrics::default());
    let upstreams = read_upstreams(settings.upstreams.as_deref())?;
    let accounting = Accounting::new(store.clone(), clock.clone(), &random, inference)?;
    let accounting = Arc::new(accounting);
    let gateway = Gateway::new(upstreams).map_err(Failure::new)?;
    let gateway = Arc::new(gateway);
    let readings = Readings::new(store.clone(), clock.clone());
    let console = ConsoleState {
        readings: readings.clone(),
        keys: keys.clone(),
        lists: AccountLimit::of_lists(),
        browser,
        allowed,
        identity: identity.clone(),
        sign_in,
        record_proxy: record_proxy.clone(),
        login_links: LoginLinks::new(store.clone(), clock.clone(), random),
        gateway: gateway.clone(),
        trusted_proxies: settings.trusted_proxies,
        clock,
    };
    Ok(AppState {
        readiness: Arc::new(readiness),
        store,
        api: Api::new(
            keys.clone(),
            idempotency,
            rate_limits,
            accounting.limits().clone(),
            readings.clone(),
            settings.trusted_proxies,
            record_proxy,
        ),
        keys,
        authenticator: Arc::new(authenticator),
        console: Arc::new(console),
        verify_settings: Arc::new(verify_settings),
        lexicons: Arc::new(lexicon_site(
            identity.as_deref(),
            external_lexicons(settings)?,
        )?),
        identity,
        gateway,
        body_budget: Arc::new(BodyBudget::default()),
        accounting,
        security_txt: security_txt.map(Arc::new),
        metrics,
        #[cfg(feature = "otlp")]
        traces: None,
    })
}

/// Reads the accounts of an option.
fn accounts(entries: &[String], option: &str) -> Result<Allowed, Failure> {
    Allowed::parse(entries).map_err(|error| Failure::new(format!("{option}: {error}")))
}

/// What the record proxy needs to act for accounts, if it is on.
fn connection_parts(settings: &Settings) -> Result<Option<ConnectionParts>, Failure> {
    let Some(scope) = settings.record_proxy.oauth_scope() else {
        return Ok(None);
    };
    let resolver = resolver_builder(settings)
        .timeout(PROXY_TIMEOUT)
        .limits(PROXY_LIMITS)
        .build()
        .map_err(Failure::new)?;
    Ok(Some(ConnectionParts { scope, resolver }))
}

/// The record proxy, if it is on.
fn record_proxy(
    settings: &Settings,
    identity: Option<&Arc<ServiceIdentity>>,
    sign_in: Option<&Arc<SignInService>>,
) -> Result<Option<Arc<RecordProxy>>, Failure> {
    let allowed = &settings.record_proxy;
    if !allowed.is_on() {
        return Ok(None);
    }
    let needs = |what: &str| {
        Failure::new(format!(
            "--proxy-collections (COCORE_PROXY_COLLECTIONS) and --proxy-methods: the record proxy needs {what}"
        ))
    };
    let identity = identity.ok_or_else(|| needs("--public-url (COCORE_PUBLIC_URL)"))?;
    let sign_in = sign_in.ok_or_else(|| {
        needs("an encryption key: COCORE_ENCRYPTION_KEY, or --encryption-key-file")
    })?;
    let mut permissions = allowed.permissions().iter();
    if permissions.any(|permission| names_did(permission, &identity.did)) {
        let did = &identity.did;
        return Err(Failure::new(format!(
            "--proxy-methods (COCORE_PROXY_METHODS): expected another service than this server, {did}"
        )));
    }
    Ok(Some(Arc::new(RecordProxy::new(
        allowed.clone(),
        identity.clone(),
        sign_in.clone(),
        settings.trusted_proxies,
    ))))
}

fn resolver(settings: &Settings) -> Result<Resolver, Failure> {
    resolver_builder(settings).build().map_err(Failure::new)
}

fn resolver_builder(settings: &Settings) -> ResolverBuilder {
    Resolver::builder()
        .plc_url(settings.plc_url.as_str())
        .handle_resolver(settings.handle_resolver.as_str())
        .allow_localhost(settings.allow_localhost)
        .user_agent(concat!("cocore-server/", env!("CARGO_PKG_VERSION")))
}

/// What looks lexicons of others up, if that is allowed.
#[cfg(feature = "resolve-external")]
fn external_lexicons(settings: &Settings) -> Result<Option<Arc<dyn ResolveLexicon>>, Failure> {
    if !settings.resolve_external {
        return Ok(None);
    }
    // With limits of its own: no check takes room from the credentials.
    let dns = lexicon_resolver::Dns::system();
    let external = crate::external_lexicons::ExternalLexicons::new(resolver(settings)?, dns)?;
    Ok(Some(Arc::new(external)))
}

#[cfg(not(feature = "resolve-external"))]
#[allow(clippy::unnecessary_wraps)]
fn external_lexicons(_: &Settings) -> Result<Option<Arc<dyn ResolveLexicon>>, Failure> {
    Ok(None)
}

fn service_auth(
    settings: &Settings,
    identity: &ServiceIdentity,
    resolver: Resolver,
    clock: &Arc<dyn Clock>,
) -> Result<ServiceAuth, Failure> {
    let audience = Did::parse(&identity.did).map_err(|_| {
        let origin = &identity.origin;
        Failure::new(format!(
            "--public-url (COCORE_PUBLIC_URL): expected a host name, found {origin:?}"
        ))
    })?;
    let policy = Policy {
        audience,
        max_lifetime: settings.token_life,
    };
    let clock = Arc::new(ServerClock(clock.clone()));
    let keys = KeyResolver::new(resolver, Limits::default(), clock);
    Ok(ServiceAuth::new(policy, keys))
}
