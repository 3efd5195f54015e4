//! The arguments of `serve`.

use std::path::PathBuf;

use clap::Parser;

use super::database::DatabaseArguments;
use super::listen::ListenArguments;
use super::log::LogArguments;

const EXAMPLES: &str = "\
Examples:
  cocore-server serve
  cocore-server serve --listen 127.0.0.1:0 --database-url sqlite:keys.sqlite
  cocore-server serve --public-url https://keys.example.com --trusted-proxies 1

A PostgreSQL database, whose URL holds a password, belongs into COCORE_DATABASE_URL: other users can read the
arguments of a process. COCORE_ENCRYPTION_KEY holds the encryption key itself.";

/// Settings as they were written; [`crate::settings`] parses them.
#[derive(Clone, Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub struct RawSettings {
    /// Where the server listens.
    #[command(flatten)]
    pub listen: ListenArguments,
    /// Address and port, or unix:PATH, of a listener of its own for metrics (/metrics) and probes (/livez, /readyz). It asks for no
    /// credential: let nobody but your monitoring reach it [default: none]
    #[arg(
        long,
        env = "COCORE_ADMIN_LISTEN",
        value_name = "ADDRESS",
        help_heading = "Network"
    )]
    pub admin_listen: Option<String>,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// The PLC directory, which has the DID documents of did:plc accounts
    #[arg(
        long,
        env = "COCORE_PLC_URL",
        default_value = "https://plc.directory",
        help_heading = "Accounts and credentials"
    )]
    pub plc_url: String,
    /// The service that resolves handles that their own hosts do not resolve
    #[arg(
        long,
        env = "COCORE_HANDLE_RESOLVER",
        default_value = "https://public.api.bsky.app",
        help_heading = "Accounts and credentials"
    )]
    pub handle_resolver: String,
    /// A file with the key that encrypts what sign-in stores: 32 bytes in base64url, mode 0600
    /// [default: encryption.key beside the SQLite file, created at the first start; the variable
    /// COCORE_ENCRYPTION_KEY may hold the key itself instead]
    #[arg(
        long,
        env = "COCORE_ENCRYPTION_KEY_FILE",
        value_name = "FILE",
        help_heading = "Database"
    )]
    pub encryption_key_file: Option<PathBuf>,
    /// The accounts to serve: DIDs and hosts of did:web, separated by commas [default: all accounts]
    #[arg(
        long,
        env = "COCORE_ALLOW",
        value_delimiter = ',',
        help_heading = "Accounts and credentials"
    )]
    pub allow: Vec<String>,
    /// The accounts that may introspect keys of other accounts: DIDs and hosts of did:web, separated by commas
    /// [default: every account may]
    #[arg(
        long,
        env = "COCORE_RESOURCE_SERVERS",
        value_delimiter = ',',
        help_heading = "Accounts and credentials"
    )]
    pub resource_servers: Vec<String>,
    /// Let /auth/verify read the key from X-Api-Key alone, for a proxy that needs Authorization for itself
    #[arg(
        long,
        env = "COCORE_VERIFY_API_KEY_HEADER",
        value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Accounts and credentials")]
    pub verify_api_key_header: bool,
    /// How far ahead a service-auth token may expire, in seconds: 1 to 3600
    #[arg(
        long,
        env = "COCORE_TOKEN_LIFE",
        default_value_t = 300,
        value_parser = clap::value_parser!(u64).range(1..=3600), help_heading = "Accounts and credentials")]
    pub token_life: u64,
    /// How many active keys an account may have; 0 for no limit
    #[arg(
        long,
        env = "COCORE_MAX_ACTIVE_KEYS",
        default_value_t = 100,
        help_heading = "Limits"
    )]
    pub max_active_keys: u32,
    /// How many keys an account may have in all; at that number, a new key takes the place of the oldest one that is
    /// expired or revoked; 0 for no limit
    #[arg(
        long,
        env = "COCORE_MAX_KEYS",
        default_value_t = 1000,
        help_heading = "Limits"
    )]
    pub max_keys: u32,
    /// How many methods one credential may call in a minute, on each server; 0 for no limit
    #[arg(
        long,
        env = "COCORE_CALLS_PER_MINUTE",
        default_value_t = 0,
        help_heading = "Limits"
    )]
    pub calls_per_minute: u32,
    /// How many keys one account may create in an hour, on each server; 0 for no limit
    #[arg(
        long,
        env = "COCORE_CREATIONS_PER_HOUR",
        default_value_t = 0,
        help_heading = "Limits"
    )]
    pub creations_per_hour: u32,
    /// For how many days the audit trail keeps an event
    #[arg(
        long,
        env = "COCORE_EVENT_DAYS",
        default_value_t = 400,
        value_parser = clap::value_parser!(u32).range(1..=36_500), help_heading = "Limits")]
    pub event_days: u32,
    /// How many events the audit trail keeps of an account: the newest ones
    #[arg(
        long,
        env = "COCORE_MAX_EVENTS",
        default_value_t = 10_000,
        value_parser = clap::value_parser!(u32).range(1..), help_heading = "Limits")]
    pub max_events: u32,
    /// For development: allow did:web hosts and OAuth servers on this machine, over plain HTTP
    #[arg(
        long,
        env = "COCORE_ALLOW_LOCALHOST",
        value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Accounts and credentials")]
    pub allow_localhost: bool,
    /// The number of proxies in front of the server that append to X-Forwarded-For
    #[arg(
        long,
        env = "COCORE_TRUSTED_PROXIES",
        default_value_t = 0,
        help_heading = "Network"
    )]
    pub trusted_proxies: usize,
    /// A file with the upstreams of inference, in TOML; SIGHUP reads it again [default: none, and no inference]
    #[arg(
        long,
        env = "COCORE_UPSTREAMS",
        value_name = "FILE",
        help_heading = "Network"
    )]
    pub upstreams: Option<PathBuf>,
    /// The collections in which keys may write records at the hosts of their accounts, whose owners grant it: NSIDs,
    /// separated by commas [default: none, and the record proxy is off]
    #[arg(
        long,
        env = "COCORE_PROXY_COLLECTIONS",
        value_name = "NSID",
        value_delimiter = ',',
        help_heading = "Accounts and credentials"
    )]
    pub proxy_collections: Vec<String>,
    /// The methods of other services for which keys may get service-auth tokens of their accounts, whose owners grant
    /// it: scopes such as rpc:com.example.getThing?aud=did:web:example.com%23service, separated by commas
    /// [default: none]
    #[arg(
        long,
        env = "COCORE_PROXY_METHODS",
        value_name = "SCOPE",
        value_delimiter = ',',
        help_heading = "Accounts and credentials"
    )]
    pub proxy_methods: Vec<String>,
    /// How long a stop may take, in seconds: requests in flight, then the last writes to the database
    #[arg(
        long,
        env = "COCORE_SHUTDOWN_TIMEOUT",
        default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=3600), help_heading = "Network")]
    pub shutdown_timeout: u64,
    /// Where to report a vulnerability of this server: mailto: and https: URIs, separated by commas, the preferred one
    /// first; served at /.well-known/security.txt [default: none]
    #[arg(
        long,
        env = "COCORE_SECURITY_CONTACT",
        value_name = "URI",
        value_delimiter = ',',
        help_heading = "Network"
    )]
    pub security_contact: Vec<String>,
    /// Let checks on the pages of lexicons look up lexicons of others that are missing here: one such check at a time,
    /// with up to 16 look-ups
    #[cfg(feature = "resolve-external")]
    #[arg(
        long,
        env = "COCORE_RESOLVE_EXTERNAL",
        value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Network")]
    pub resolve_external: bool,
    /// The log.
    #[command(flatten)]
    pub log: LogArguments,
}
