//! The arguments of `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

use super::database::DatabaseArguments;
use super::log::LogArguments;

const BACKUP_EXAMPLES: &str = "\
Examples:
  cocore-server backup /var/backups/keys.sqlite
  cocore-server backup --force --database-url sqlite:/var/lib/cocore/keys.sqlite /mnt/backups/keys.sqlite

The server may run. The file gets its name when it is complete, verified and on disk; until then, the name ends in
.partial. The encryption key is in a file of its own, and is not in the backup. PostgreSQL is backed up by pg_dump.";

const RESTORE_EXAMPLES: &str = "\
Examples:
  cocore-server restore /var/backups/keys.sqlite
  cocore-server restore --keep-revocations /var/backups/keys.sqlite

Stop the server first. The replaced database stays beside the new one, and its name is printed. Keys that were revoked
or deleted after the backup was made are active again, unless --keep-revocations is given; keys that were created since
are lost. Everybody has to sign in to the console again.";

/// The arguments of `backup`.
#[derive(Args, Debug)]
#[command(after_help = BACKUP_EXAMPLES)]
pub struct BackupArguments {
    /// The file to write
    pub file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// The log.
    #[command(flatten)]
    pub log: LogArguments,
}

/// The arguments of `restore`.
#[derive(Args, Debug)]
#[command(after_help = RESTORE_EXAMPLES)]
pub struct RestoreArguments {
    /// The backup to restore
    pub file: PathBuf,
    /// Revoke the keys that the replaced database has as revoked, or does not have any more
    #[arg(long)]
    pub keep_revocations: bool,
    /// The database to replace.
    #[command(flatten)]
    pub database: DatabaseArguments,
    /// The log.
    #[command(flatten)]
    pub log: LogArguments,
}
