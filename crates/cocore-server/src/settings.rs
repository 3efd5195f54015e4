//! Settings of the server: plain data, parsed and checked. What is built from them is in
//! [`crate::wiring`].

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use cocore_keys::Quota;
use cocore_store::{DatabaseUrl, create_data_dir};
use url::Url;

use crate::arguments::{DatabaseArguments, RawSettings};
use crate::failure::Failure;
use crate::listen::{Listen, ListenAddress};
use crate::proxy_settings::ProxySettings;
use crate::rate_limits::RateSettings;
use crate::settings_text::non_empty;

/// The settings of `serve`.
#[derive(Clone)]
pub struct Settings {
    /// Where the server listens, and how others call it.
    pub listen: Listen,
    /// Where the server listens for metrics and probes of the operator, if it does.
    pub admin_listen: Option<ListenAddress>,
    /// The database.
    pub database: DatabaseUrl,
    /// Where the encryption key of sign-in comes from. `None` on PostgreSQL without such a
    /// setting: each server would create a key of its own.
    pub encryption_key: Option<EncryptionKeySource>,
    /// The PLC directory.
    pub plc_url: Url,
    /// The service that resolves handles whose own hosts do not.
    pub handle_resolver: Url,
    /// The accounts to serve; empty means every account.
    pub allow: Vec<String>,
    /// The accounts that may introspect keys of others; empty means every account.
    pub resource_servers: Vec<String>,
    /// Whether `/auth/verify` reads the key from `X-Api-Key` alone.
    pub verify_api_key_header: bool,
    /// How far ahead the expiry of a service-auth token may lie.
    pub token_life: Duration,
    /// How many keys an account may have.
    pub quota: Quota,
    /// How often keys are created and methods called.
    pub rates: RateSettings,
    /// What the audit trail keeps.
    pub event_retention: EventRetention,
    /// Whether did:web hosts and OAuth servers on this machine are allowed, over plain http.
    pub allow_localhost: bool,
    /// The number of proxies in front of the server that append to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// Where to report a vulnerability, in the order of preference: `mailto:` and `https:` URIs.
    pub security_contacts: Vec<Url>,
    /// Whether checks of values look up lexicons that this server does not have.
    #[cfg(feature = "resolve-external")]
    pub resolve_external: bool,
    /// The file of the upstreams of inference, if there is one.
    pub upstreams: Option<PathBuf>,
    /// What the record proxy may be used for.
    pub record_proxy: ProxySettings,
    /// How long a stop may take.
    pub shutdown_timeout: Duration,
}

/// What the audit trail keeps.
#[derive(Clone, Copy, Debug)]
pub struct EventRetention {
    /// For how long it keeps an event.
    pub age: TimeDelta,
    /// How many events it keeps of an account.
    pub max: u32,
}

/// Where the encryption key of sign-in comes from.
#[derive(Clone)]
pub enum EncryptionKeySource {
    /// The environment variable, whose value is the key itself.
    Environment(String),
    /// A file, which is created at the first start.
    File(PathBuf),
}

impl Settings {
    /// Parses all settings. Creates the default data directory.
    ///
    /// # Errors
    /// One line: which setting, what was expected.
    pub fn parse(raw: &RawSettings) -> Result<Self, Failure> {
        Self::with_database(raw, database(&raw.database)?)
    }

    /// Parses all settings, and creates nothing.
    ///
    /// # Errors
    /// One line: which setting, what was expected.
    pub fn parse_without_effects(raw: &RawSettings) -> Result<Self, Failure> {
        Self::with_database(raw, database_url(&raw.database)?)
    }

    fn with_database(raw: &RawSettings, database: DatabaseUrl) -> Result<Self, Failure> {
        let listen = Listen::parse(&raw.listen.listen, raw.listen.public_url.as_deref())?;
        let admin_listen = raw.admin_listen.as_deref();
        let admin_listen = admin_listen.filter(|text| !text.is_empty());
        let admin_listen = admin_listen
            .map(|text| ListenAddress::parse("--admin-listen (COCORE_ADMIN_LISTEN)", text))
            .transpose()?;
        Ok(Self {
            listen,
            admin_listen,
            encryption_key: encryption_key(raw, &database),
            database,
            plc_url: web_url(
                "--plc-url (COCORE_PLC_URL)",
                "https://plc.directory",
                &raw.plc_url,
            )?,
            handle_resolver: web_url(
                "--handle-resolver (COCORE_HANDLE_RESOLVER)",
                "https://public.api.bsky.app",
                &raw.handle_resolver,
            )?,
            allow: non_empty(&raw.allow),
            resource_servers: non_empty(&raw.resource_servers),
            verify_api_key_header: raw.verify_api_key_header,
            token_life: Duration::from_secs(raw.token_life),
            quota: Quota {
                max_active: NonZeroU32::new(raw.max_active_keys),
                max_keys: NonZeroU32::new(raw.max_keys),
            },
            rates: RateSettings {
                calls_per_minute: NonZeroU32::new(raw.calls_per_minute),
                creations_per_hour: NonZeroU32::new(raw.creations_per_hour),
            },
            event_retention: EventRetention {
                age: TimeDelta::days(raw.event_days.into()),
                max: raw.max_events,
            },
            allow_localhost: raw.allow_localhost,
            trusted_proxies: raw.trusted_proxies,
            security_contacts: non_empty(&raw.security_contact)
                .iter()
                .map(|text| security_contact(text))
                .collect::<Result<_, _>>()?,
            #[cfg(feature = "resolve-external")]
            resolve_external: raw.resolve_external,
            upstreams: raw.upstreams.clone(),
            record_proxy: ProxySettings::parse(&raw.proxy_collections, &raw.proxy_methods)?,
            shutdown_timeout: Duration::from_secs(raw.shutdown_timeout),
        })
    }
}

/// Parses where the keys are stored. Creates the default data directory.
///
/// # Errors
/// One line: which setting, what was expected.
pub fn database(raw: &DatabaseArguments) -> Result<DatabaseUrl, Failure> {
    if raw.url.is_none() {
        let dir = data_dir()?;
        // A directory that cannot be created now may exist later: the store reports it.
        if let Err(error) = create_data_dir(&dir) {
            tracing::warn!(dir = %dir.display(), %error, "the data directory cannot be created");
        }
    }
    database_url(raw)
}

/// Parses where the keys are stored.
fn database_url(raw: &DatabaseArguments) -> Result<DatabaseUrl, Failure> {
    let text = match &raw.url {
        Some(text) => text.clone(),
        None => format!("sqlite:{}", data_dir()?.join("keys.sqlite").display()),
    };
    DatabaseUrl::parse(&text)
        .map_err(|error| Failure::new(format!("--database-url (COCORE_DATABASE_URL): {error}")))
}

fn web_url(setting: &str, example: &str, found: &str) -> Result<Url, Failure> {
    let url = Url::parse(found).ok();
    let url = url.filter(|url| matches!(url.scheme(), "https" | "http"));
    url.ok_or_else(|| {
        // The text before this sign may be a password.
        let found = match found.rsplit_once('@') {
            Some((_, host)) => format!("...@{host}"),
            None => found.to_owned(),
        };
        Failure::new(format!(
            "{setting}: expected a URL such as {example}, found {found:?}"
        ))
    })
}

fn security_contact(found: &str) -> Result<Url, Failure> {
    let text = found.trim();
    let url = Url::parse(text).ok();
    // The parser drops tabs and ends of lines, which no URI has.
    let url = url.filter(|_| !text.contains(|c: char| c.is_whitespace() || c.is_control()));
    let url = url.filter(|url| match url.scheme() {
        "https" => true,
        "mailto" => is_address(url.path()),
        _ => false,
    });
    url.ok_or_else(|| {
        Failure::new(format!(
            "--security-contact (COCORE_SECURITY_CONTACT): expected a URI such as mailto:security@example.com \
             or https://example.com/security, found {found:?}"
        ))
    })
}

/// Whether a text has the parts of a mail address.
fn is_address(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

fn encryption_key(raw: &RawSettings, database: &DatabaseUrl) -> Option<EncryptionKeySource> {
    // From the environment alone: other users can read a command line.
    let given = std::env::var("COCORE_ENCRYPTION_KEY").ok();
    if let Some(key) = given.filter(|key| !key.is_empty()) {
        return Some(EncryptionKeySource::Environment(key));
    }
    let named = raw.encryption_key_file.clone();
    named
        .filter(|file| !file.as_os_str().is_empty())
        .or_else(|| Some(database.sqlite()?.path().with_file_name("encryption.key")))
        .map(EncryptionKeySource::File)
}

/// `$XDG_DATA_HOME/cocore-server`, or the same below the home directory.
fn data_dir() -> Result<PathBuf, Failure> {
    let configured = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let base = configured.filter(|dir| dir.is_absolute()).or_else(|| {
        let home = std::env::home_dir().filter(|home| home.is_absolute())?;
        Some(home.join(".local").join("share"))
    });
    base.map(|base| base.join("cocore-server")).ok_or_else(|| {
        Failure::new(
            "there is no home directory: set --database-url to where the keys are to be stored",
        )
    })
}
