//! The command line and the environment, as they were written.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// API keys for accounts of the AT Protocol: create, list, revoke and delete keys, and authenticate requests
#[derive(Debug, Parser)]
#[command(name = "cocore-server", version)]
pub struct Arguments {
    /// Settings of every command.
    #[command(flatten)]
    pub settings: RawSettings,
    /// The command; `serve` by default.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Settings as they were written; [`crate::settings`] parses them.
#[derive(Args, Clone, Debug)]
pub struct RawSettings {
    /// Address and port to listen on; port 0 takes a free port
    #[arg(
        long,
        env = "COCORE_LISTEN",
        global = true,
        default_value = "127.0.0.1:8080"
    )]
    pub listen: String,
    /// The database: sqlite:FILE or postgres://... [default: an SQLite file in your data directory]
    #[arg(
        long,
        env = "COCORE_DATABASE_URL",
        global = true,
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// The origin at which clients reach this server, such as `https://keys.example.com`
    #[arg(long, env = "COCORE_PUBLIC_URL", global = true)]
    pub public_url: Option<String>,
    /// The PLC directory, which has the DID documents of did:plc accounts
    #[arg(
        long,
        env = "COCORE_PLC_URL",
        global = true,
        default_value = "https://plc.directory"
    )]
    pub plc_url: String,
    /// The service that resolves handles that their own hosts do not resolve
    #[arg(
        long,
        env = "COCORE_HANDLE_RESOLVER",
        global = true,
        default_value = "https://public.api.bsky.app"
    )]
    pub handle_resolver: String,
    /// A file with the key that encrypts stored OAuth tokens: 32 bytes in base64url, mode 0600
    /// [default: encryption.key beside the SQLite file, created at the first start; the variable
    /// COCORE_ENCRYPTION_KEY may hold the key itself instead]
    #[arg(
        long,
        env = "COCORE_ENCRYPTION_KEY_FILE",
        global = true,
        value_name = "FILE"
    )]
    pub encryption_key_file: Option<PathBuf>,
    /// The accounts to serve: DIDs and hosts of did:web, separated by commas [default: all accounts]
    #[arg(long, env = "COCORE_ALLOW", global = true, value_delimiter = ',')]
    pub allow: Vec<String>,
    /// How far ahead a service-auth token may expire, in seconds: 1 to 3600
    #[arg(
        long,
        env = "COCORE_TOKEN_LIFE",
        global = true,
        default_value_t = 300,
        value_parser = clap::value_parser!(u64).range(1..=3600)
    )]
    pub token_life: u64,
    /// For development: allow did:web hosts and OAuth servers on this machine, over plain HTTP
    #[arg(
        long,
        env = "COCORE_ALLOW_LOCALHOST",
        global = true,
        value_parser = clap::builder::FalseyValueParser::new()
    )]
    pub allow_localhost: bool,
    /// The number of proxies in front of the server that append to X-Forwarded-For
    #[arg(
        long,
        env = "COCORE_TRUSTED_PROXIES",
        global = true,
        default_value_t = 0
    )]
    pub trusted_proxies: usize,
    /// What to log to standard error: error, warn, info, debug, trace, or target=level,...
    #[arg(
        long,
        env = "COCORE_LOG",
        global = true,
        default_value = "info,actix_server=warn"
    )]
    pub log: String,
    /// The format of the log: text, or json with one object per line
    #[arg(long, env = "COCORE_LOG_FORMAT", global = true, default_value = "text")]
    pub log_format: String,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server (the default)
    Serve,
    /// Create, list, revoke and delete keys of any account
    Key {
        /// The command for keys.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Bring the schema of the database up to date, and report what was done
    Migrate,
    /// Copy everything from one database into another, empty one
    Copy {
        /// The database to read: sqlite:FILE or postgres://...
        #[arg(long, value_name = "URL")]
        from: String,
        /// The empty database to write: sqlite:FILE or postgres://...
        #[arg(long, value_name = "URL")]
        to: String,
    },
}

/// The commands for keys. They work with and without a running server.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Create a key; standard output gets nothing but its secret
    Create {
        /// The account.
        #[command(flatten)]
        account: Account,
        /// A label of 1 to 100 bytes
        #[arg(long)]
        name: String,
        /// When the key expires, such as 2030-01-31T00:00:00Z [default: never]
        #[arg(long, value_name = "TIME")]
        expires_at: Option<String>,
    },
    /// List the keys of an account, the newest first
    List {
        /// The account.
        #[command(flatten)]
        account: Account,
    },
    /// Revoke a key, which cannot be undone; it stays in the list
    Revoke {
        /// The account.
        #[command(flatten)]
        account: Account,
        /// The id of the key, from `key list`
        id: String,
    },
    /// Delete a key, which cannot be undone
    Delete {
        /// The account.
        #[command(flatten)]
        account: Account,
        /// The id of the key, from `key list`
        id: String,
    },
}

/// The account, and the format of the output.
#[derive(Args, Debug)]
pub struct Account {
    /// The account, such as did:plc:... or did:web:example.com
    #[arg(long)]
    pub did: String,
    /// Print the output of the method of the same name as JSON
    #[arg(long)]
    pub json: bool,
}
