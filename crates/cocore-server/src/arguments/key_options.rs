//! What every command for keys has.

use clap::Args;

use super::database::DatabaseArguments;
use super::log::LogArguments;

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
