//! The arguments of `copy`.

use std::path::PathBuf;

use clap::Args;

use super::log::LogArguments;

const EXAMPLES: &str = "\
Examples:
  cocore-server copy --from sqlite:keys.sqlite --to-file /run/secrets/database-url
  COCORE_COPY_FROM=sqlite:keys.sqlite cocore-server copy --to sqlite:other.sqlite";

/// The databases of `copy`. A URL that holds a password belongs into a variable or a file, since other users
/// can read the arguments of a process.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CopyArguments {
    /// The database to read: sqlite:FILE or postgres://... A URL with a password belongs into the variable or
    /// a file: other users can read the arguments of a process
    #[arg(long, value_name = "URL", env = "COCORE_COPY_FROM")]
    pub from: Option<String>,
    /// A file whose first line is the URL of the database to read; it goes before --from
    #[arg(long, value_name = "FILE", env = "COCORE_COPY_FROM_FILE")]
    pub from_file: Option<PathBuf>,
    /// The empty database to write, in the same forms
    #[arg(long, value_name = "URL", env = "COCORE_COPY_TO")]
    pub to: Option<String>,
    /// A file whose first line is the URL of the database to write; it goes before --to
    #[arg(long, value_name = "FILE", env = "COCORE_COPY_TO_FILE")]
    pub to_file: Option<PathBuf>,
    /// The log.
    #[command(flatten)]
    pub log: LogArguments,
}
