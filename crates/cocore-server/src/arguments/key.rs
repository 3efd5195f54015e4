//! The arguments of `key`.

use clap::{Args, Subcommand};

use super::database::DatabaseArguments;
use super::log::LogArguments;

const CREATE_EXAMPLES: &str = "\
Examples:
  cocore-server key create --did did:web:localhost --name laptop
  KEY=$(cocore-server key create --did did:plc:ewvi7nxzyoun6zhxrhs64oiz --name ci --expires-at 90d)";
const LIST_EXAMPLES: &str = "\
Examples:
  cocore-server key list --did did:web:example.com
  cocore-server key list --all --json";
const REVOKE_EXAMPLES: &str = "\
Examples:
  cocore-server key revoke --did did:web:example.com 0197b2c6-5f7e-7cc1-8d3a-2f1f6c1f0e55
  cocore-server key revoke --did did:web:example.com --ignore-missing \"$ID\"";
const DELETE_EXAMPLES: &str = "\
Example:
  cocore-server key delete --did did:web:example.com 0197b2c6-5f7e-7cc1-8d3a-2f1f6c1f0e55";

/// The commands for keys. They work with and without a running server.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Create a key; standard output gets nothing but its secret
    #[command(after_help = CREATE_EXAMPLES)]
    Create {
        /// The account.
        #[command(flatten)]
        account: Account,
        /// What every command for keys has.
        #[command(flatten)]
        options: KeyOptions,
        /// A label of 1 to 100 bytes
        #[arg(long)]
        name: String,
        /// When the key expires: a time such as 2030-01-31T12:00:00Z, a date such as 2030-01-31 (the end of
        /// that day in UTC), or a number of days from now such as 90d [default: never]
        #[arg(long, value_name = "TIME")]
        expires_at: Option<String>,
    },
    /// List the keys of an account, the newest first, or of all accounts, the oldest first
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// The account, such as did:plc:... or did:web:example.com
        #[arg(long, required_unless_present = "all", conflicts_with = "all")]
        did: Option<String>,
        /// List the keys of all accounts; with --json, one object per line
        #[arg(long)]
        all: bool,
        /// What every command for keys has.
        #[command(flatten)]
        options: KeyOptions,
    },
    /// Revoke a key, which cannot be undone; it stays in the list
    #[command(after_help = REVOKE_EXAMPLES)]
    Revoke(ExistingKey),
    /// Delete a key, which cannot be undone
    #[command(after_help = DELETE_EXAMPLES)]
    Delete(ExistingKey),
}

impl KeyCommand {
    /// Returns what every command for keys has.
    pub fn options(&self) -> &KeyOptions {
        match self {
            Self::Create { options, .. } | Self::List { options, .. } => options,
            Self::Revoke(key) | Self::Delete(key) => &key.options,
        }
    }
}

/// A key of an account.
#[derive(Args, Debug)]
pub struct ExistingKey {
    /// The account.
    #[command(flatten)]
    pub account: Account,
    /// What every command for keys has.
    #[command(flatten)]
    pub options: KeyOptions,
    /// The id of the key, from `key list`
    pub id: String,
    /// Succeed if the account has no such key
    #[arg(long)]
    pub ignore_missing: bool,
}

/// The account.
#[derive(Args, Debug)]
pub struct Account {
    /// The account, such as did:plc:... or did:web:example.com
    #[arg(long)]
    pub did: String,
}

/// What every command for keys has.
#[derive(Args, Debug)]
pub struct KeyOptions {
    /// Print the output of the method of the same name as JSON
    #[arg(long)]
    pub json: bool,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// The log.
    #[command(flatten)]
    pub log: LogArguments,
}
