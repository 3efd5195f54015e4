//! The arguments of `link`.

use clap::Args;

use super::database::DatabaseArguments;
use super::listen::ListenArguments;
use super::log::LogArguments;

const EXAMPLES: &str = "\
Examples:
  cocore-server link
  cocore-server link --did did:plc:ewvi7nxzyoun6zhxrhs64oiz --public-url https://keys.example.com

A running server with an SQLite file knows its own address. Otherwise, --listen and --public-url have to be those of
the server.";

/// The arguments of `link`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct LinkArguments {
    /// The account that the link signs in [default, on loopback: did:web:localhost]
    #[arg(long)]
    pub did: Option<String>,
    /// Where the server listens.
    #[command(flatten)]
    pub listen: ListenArguments,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// The log.
    #[command(flatten)]
    pub log: LogArguments,
}
