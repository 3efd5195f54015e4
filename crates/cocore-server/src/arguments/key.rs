//! The arguments of `key`.

use clap::{Args, Subcommand};

use super::calls::{LimitArguments, UsageArguments};
use super::key_options::{Account, KeyOptions};
use super::key_status::StatusFilter;

const CREATE_EXAMPLES: &str = "\
Examples:
  cocore-server key create --did did:web:localhost --name laptop
  KEY=$(cocore-server key create --did did:plc:ewvi7nxzyoun6zhxrhs64oiz --name ci --expires-at 90d)
  cocore-server key create --did did:web:example.com --name reader \\
    --scope 'include:dev.cocore.apikey.authRead?aud=did:web:keys.example.com%23cocore_account'

A key without --scope may do everything that its account may do. No quota applies to the keys that this command creates.";
const LIST_EXAMPLES: &str = "\
Examples:
  cocore-server key list --did did:web:example.com
  cocore-server key list --did did:web:example.com --status active
  cocore-server key list --all --json";
const SHOW_EXAMPLES: &str = "\
Example:
  cocore-server key show --did did:web:example.com 0197b2c6-5f7e-7cc1-8d3a-2f1f6c1f0e55";
const UPDATE_EXAMPLES: &str = "\
Examples:
  cocore-server key update --did did:web:example.com --name laptop-2 0197b2c6-5f7e-7cc1-8d3a-2f1f6c1f0e55
  cocore-server key update --did did:web:example.com --expires-at never --note '' \"$ID\"

Only active keys can be changed: what is revoked, expired or replaced never becomes active again.";
const ROTATE_EXAMPLES: &str = "\
Examples:
  KEY=$(cocore-server key rotate --did did:web:example.com 0197b2c6-5f7e-7cc1-8d3a-2f1f6c1f0e55)
  KEY=$(cocore-server key rotate --did did:web:example.com --grace 1h \"$ID\")

The new key has the name, the note, the expiry, the scopes and the models of the old one.";
const REVOKE_EXAMPLES: &str = "\
Examples:
  cocore-server key revoke --did did:web:example.com 0197b2c6-5f7e-7cc1-8d3a-2f1f6c1f0e55
  cocore-server key revoke --did did:web:example.com --ignore-missing \"$ID\"
  cocore-server key revoke --did did:web:example.com --cascade \"$ID\"";
const DELETE_EXAMPLES: &str = "\
Example:
  cocore-server key delete --did did:web:example.com 0197b2c6-5f7e-7cc1-8d3a-2f1f6c1f0e55";

const LIMIT_EXAMPLES: &str = "\
Examples:
  cocore-server key limit --did did:web:example.com --tokens-per-day 100000 \"$ID\"
  cocore-server key limit --did did:web:example.com --tokens-per-month 5000000 --requests-per-minute 600
  cocore-server key limit --did did:web:example.com --none \"$ID\"

They replace those that were set, and hold for calls with the key, with the key that replaces it, and with those that
descend from it. Without an id they are those of the account, which only this command sets.";
const USAGE_EXAMPLES: &str = "\
Examples:
  cocore-server key usage --did did:web:example.com
  cocore-server key usage --did did:web:example.com --by hour \"$ID\"
  cocore-server key usage --did did:web:example.com --by month --from 2030-01-01T00:00:00Z --json";

/// The commands for keys. They work with and without a running server.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Create a key; standard output gets nothing but its secret
    #[command(after_help = CREATE_EXAMPLES)]
    Create(CreateArguments),
    /// List the keys of an account, the newest first, or of all accounts, the oldest first
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArguments),
    /// Show everything about a key but its secret, which is stored nowhere
    #[command(visible_alias = "get", after_help = SHOW_EXAMPLES)]
    Show(NamedKey),
    /// Change the name, the note, the expiry or the scopes of an active key
    #[command(after_help = UPDATE_EXAMPLES)]
    Update(UpdateArguments),
    /// Limit the calls of models that are made with an active key, or by an account
    #[command(after_help = LIMIT_EXAMPLES)]
    Limit(LimitArguments),
    /// Show what calls of models have cost, and what they may cost
    #[command(after_help = USAGE_EXAMPLES)]
    Usage(UsageArguments),
    /// Replace an active key by a new one; standard output gets nothing but the new secret
    #[command(after_help = ROTATE_EXAMPLES)]
    Rotate(RotateArguments),
    /// Revoke a key, which cannot be undone; it stays in the list
    #[command(after_help = REVOKE_EXAMPLES)]
    Revoke(RevokeArguments),
    /// Delete a key, which cannot be undone
    #[command(after_help = DELETE_EXAMPLES)]
    Delete(ExistingKey),
}

impl KeyCommand {
    /// Returns what every command for keys has.
    pub fn options(&self) -> &KeyOptions {
        match self {
            Self::Create(arguments) => &arguments.options,
            Self::List(arguments) => &arguments.options,
            Self::Show(key) => &key.options,
            Self::Update(arguments) => &arguments.key.options,
            Self::Limit(arguments) => &arguments.options,
            Self::Usage(arguments) => &arguments.options,
            Self::Rotate(arguments) => &arguments.key.options,
            Self::Revoke(arguments) => &arguments.key.key.options,
            Self::Delete(key) => &key.key.options,
        }
    }

    /// Returns the account, as it was written. `None` for all accounts.
    pub fn did(&self) -> Option<&str> {
        match self {
            Self::Create(arguments) => Some(&arguments.account.did),
            Self::List(arguments) => arguments.did.as_deref(),
            Self::Show(key) => Some(&key.account.did),
            Self::Update(arguments) => Some(&arguments.key.account.did),
            Self::Limit(arguments) => Some(&arguments.account.did),
            Self::Usage(arguments) => Some(&arguments.account.did),
            Self::Rotate(arguments) => Some(&arguments.key.account.did),
            Self::Revoke(arguments) => Some(&arguments.key.key.account.did),
            Self::Delete(key) => Some(&key.key.account.did),
        }
    }
}

/// The arguments of `key create`.
#[derive(Args, Debug)]
pub struct CreateArguments {
    /// The account.
    #[command(flatten)]
    pub account: Account,
    /// What every command for keys has.
    #[command(flatten)]
    pub options: KeyOptions,
    /// A label of 1 to 100 bytes
    #[arg(long)]
    pub name: String,
    /// When the key expires: a time such as 2030-01-31T12:00:00Z, a date such as 2030-01-31 (the end of
    /// that day in UTC), or a number of days from now such as 90d [default: never]
    #[arg(long, value_name = "TIME")]
    pub expires_at: Option<String>,
    /// What the key may do, as a permission of the AT Protocol; may be repeated [default: everything]
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// A model that the key may use; may be repeated [default: all models]
    #[arg(long = "model", value_name = "MODEL")]
    pub models: Vec<String>,
    /// A note of up to 300 bytes
    #[arg(long)]
    pub note: Option<String>,
}

/// The arguments of `key list`.
#[derive(Args, Debug)]
pub struct ListArguments {
    /// The account, such as did:plc:... or did:web:example.com
    #[arg(long, required_unless_present = "all", conflicts_with = "all")]
    pub did: Option<String>,
    /// List the keys of all accounts; with --json, one object per line
    #[arg(long)]
    pub all: bool,
    /// List only the keys in this state
    #[arg(long)]
    pub status: Option<StatusFilter>,
    /// What every command for keys has.
    #[command(flatten)]
    pub options: KeyOptions,
}

/// The arguments of `key update`.
#[derive(Args, Debug)]
pub struct UpdateArguments {
    /// The key.
    #[command(flatten)]
    pub key: NamedKey,
    /// What is changed of it.
    #[command(flatten)]
    pub changes: KeyChanges,
}

/// What is changed of a key.
#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
pub struct KeyChanges {
    /// The new label, of 1 to 100 bytes
    #[arg(long)]
    pub name: Option<String>,
    /// The new note, of up to 300 bytes; an empty one removes it
    #[arg(long)]
    pub note: Option<String>,
    /// When the key expires from now on: as for `key create`, or `never`
    #[arg(long, value_name = "TIME")]
    pub expires_at: Option<String>,
    /// What the key may do from now on, no more than before; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
}

/// The arguments of `key rotate`.
#[derive(Args, Debug)]
pub struct RotateArguments {
    /// The key.
    #[command(flatten)]
    pub key: NamedKey,
    /// How long the old key still works: a number of seconds, or of minutes, hours or days such as 30m, 12h or 7d,
    /// which is the most [default: it is revoked at once]
    #[arg(long, value_name = "TIME")]
    pub grace: Option<String>,
}

/// The arguments of `key revoke`.
#[derive(Args, Debug)]
pub struct RevokeArguments {
    /// The key.
    #[command(flatten)]
    pub key: ExistingKey,
    /// Revoke also all keys that descend from it: those that it created or replaced, those that they created, and so on
    #[arg(long)]
    pub cascade: bool,
}

/// A key of an account, which may be missing.
#[derive(Args, Debug)]
pub struct ExistingKey {
    /// The key.
    #[command(flatten)]
    pub key: NamedKey,
    /// Succeed if the account has no such key
    #[arg(long)]
    pub ignore_missing: bool,
}

/// A key of an account.
#[derive(Args, Debug)]
pub struct NamedKey {
    /// The account.
    #[command(flatten)]
    pub account: Account,
    /// What every command for keys has.
    #[command(flatten)]
    pub options: KeyOptions,
    /// The id of the key, from `key list`
    pub id: String,
}
