//! What can be written on the command line, and in the environment.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// API keys for accounts of the AT Protocol: mint, list, revoke, delete, and authenticate with them.
#[derive(Debug, Parser)]
#[command(name = "cocore-server", version)]
pub struct Arguments {
    /// Settings of every command.
    #[command(flatten)]
    pub settings: RawSettings,
    /// What to do; nothing means `serve`.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Settings as they were written; [`crate::settings`] gives them their meaning.
#[derive(Args, Clone, Debug)]
pub struct RawSettings {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(
        long,
        env = "COCORE_LISTEN",
        global = true,
        default_value = "127.0.0.1:8080"
    )]
    pub listen: String,
    /// Where the keys are stored: sqlite:FILE or postgres://... [default: a file in your data directory]
    #[arg(
        long,
        env = "COCORE_DATABASE_URL",
        global = true,
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// Where others reach this server, such as `https://keys.example.com`
    #[arg(long, env = "COCORE_PUBLIC_URL", global = true)]
    pub public_url: Option<String>,
    /// The PLC directory, which knows the keys of did:plc accounts
    #[arg(
        long,
        env = "COCORE_PLC_URL",
        global = true,
        default_value = "https://plc.directory"
    )]
    pub plc_url: String,
    /// Who tells which account a handle names, where its own host does not
    #[arg(
        long,
        env = "COCORE_HANDLE_RESOLVER",
        global = true,
        default_value = "https://public.api.bsky.app"
    )]
    pub handle_resolver: String,
    /// A file with the key that OAuth tokens are stored under: 32 bytes in base64url, mode 0600
    /// [default: encryption.key beside the database, made at the first start; or the variable
    /// COCORE_ENCRYPTION_KEY holds the key itself]
    #[arg(
        long,
        env = "COCORE_ENCRYPTION_KEY_FILE",
        global = true,
        value_name = "FILE"
    )]
    pub encryption_key_file: Option<PathBuf>,
    /// Who may use this server: DIDs and hosts of did:web, with commas [default: everyone]
    #[arg(long, env = "COCORE_ALLOW", global = true, value_delimiter = ',')]
    pub allow: Vec<String>,
    /// How far ahead a service-auth token may end, in seconds: 1 to 3600
    #[arg(
        long,
        env = "COCORE_TOKEN_LIFE",
        global = true,
        default_value_t = 300,
        value_parser = clap::value_parser!(u64).range(1..=3600)
    )]
    pub token_life: u64,
    /// For development: did:web and OAuth servers on this machine, over plain http
    #[arg(
        long,
        env = "COCORE_ALLOW_LOCALHOST",
        global = true,
        value_parser = clap::builder::FalseyValueParser::new()
    )]
    pub allow_localhost: bool,
    /// How many proxies in front of the server add to X-Forwarded-For
    #[arg(
        long,
        env = "COCORE_TRUSTED_PROXIES",
        global = true,
        default_value_t = 0
    )]
    pub trusted_proxies: usize,
    /// What is logged to standard error: error, warn, info, debug, or target=level,...
    #[arg(
        long,
        env = "COCORE_LOG",
        global = true,
        default_value = "info,actix_server=warn"
    )]
    pub log: String,
    /// How it is logged: text, or json with one object a line
    #[arg(long, env = "COCORE_LOG_FORMAT", global = true, default_value = "text")]
    pub log_format: String,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server (the default)
    Serve,
    /// Mint, list, revoke and delete keys of any account
    Key {
        /// What to do with them.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Bring the database's schema up to date, and say what was done
    Migrate,
    /// Copy everything from one database into another, empty one
    Copy {
        /// Where everything is: sqlite:FILE or postgres://...
        #[arg(long, value_name = "URL")]
        from: String,
        /// Where it goes
        #[arg(long, value_name = "URL")]
        to: String,
    },
}

/// The commands that need no running server.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Mint a key; its secret alone goes to standard output
    Create {
        /// The account.
        #[command(flatten)]
        account: Account,
        /// A label of 1 to 100 bytes
        #[arg(long)]
        name: String,
        /// When the key ends by itself, such as 2030-01-31T00:00:00Z [default: never]
        #[arg(long, value_name = "TIME")]
        expires_at: Option<String>,
    },
    /// List an account's keys, the newest first
    List {
        /// The account.
        #[command(flatten)]
        account: Account,
    },
    /// End a key for good; it stays in the list
    Revoke {
        /// The account.
        #[command(flatten)]
        account: Account,
        /// The key's id, from `key list`
        id: String,
    },
    /// Remove a key altogether
    Delete {
        /// The account.
        #[command(flatten)]
        account: Account,
        /// The key's id, from `key list`
        id: String,
    },
}

/// Whose keys, and how to print.
#[derive(Args, Debug)]
pub struct Account {
    /// The account, such as did:plc:... or did:web:example.com
    #[arg(long)]
    pub did: String,
    /// Print the output of the method of this name as JSON
    #[arg(long)]
    pub json: bool,
}
