//! The arguments of `import`.

use std::path::PathBuf;

use clap::Args;

use super::database::DatabaseArguments;
use super::log::LogArguments;

const EXAMPLES: &str = "\
Examples:
  cocore-server import --dry-run --from console.db --from account.db
  cocore-server import --from console.db --from account.db

The files are only read, and may be in use. Every key keeps its secret, its account and its times; what is broken in a
file is listed with what was done about it. To import again changes nothing but this: a key that the file has as revoked
meanwhile is revoked here. The exit code is 0 if every key is here now, and 1 if one could not be imported.";

/// The arguments of `import`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ImportArguments {
    /// An SQLite file with keys of the older service; may be repeated
    #[arg(long, value_name = "FILE", required = true)]
    pub from: Vec<PathBuf>,
    /// Report what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON object per line: what the lists have, and then a summary of each file
    #[arg(long)]
    pub json: bool,
    /// The database into which the keys are imported.
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// The log.
    #[command(flatten)]
    pub log: LogArguments,
}
