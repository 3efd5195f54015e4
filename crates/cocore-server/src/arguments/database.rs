//! The argument that names the database.

use clap::Args;

/// The database, as it was written.
#[derive(Args, Clone, Debug)]
pub struct DatabaseArguments {
    /// The database: sqlite:FILE or postgres://... [default: an SQLite file in your data directory]
    #[arg(
        long = "database-url",
        value_name = "URL",
        env = "COCORE_DATABASE_URL",
        help_heading = "Database"
    )]
    pub url: Option<String>,
}
