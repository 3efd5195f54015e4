//! The arguments of `events`.

use clap::Args;

use super::database::DatabaseArguments;
use super::log::LogArguments;

const EXAMPLES: &str = "\
Examples:
  cocore-server events
  cocore-server events --did did:web:example.com
  cocore-server events --key 0197b2c6-5f7e-7cc1-8d3a-2f1f6c1f0e55 --json";

/// The arguments of `events`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct EventsArguments {
    /// Print only the events of this account, such as did:plc:... or did:web:example.com [default: all accounts]
    #[arg(long)]
    pub did: Option<String>,
    /// Print only the events of the key with this id
    #[arg(long, value_name = "ID")]
    pub key: Option<String>,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// The log.
    #[command(flatten)]
    pub log: LogArguments,
}
