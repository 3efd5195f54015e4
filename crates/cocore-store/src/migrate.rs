//! Bringing the schema up to date.

use std::fmt;

use cocore_keys::StoreError;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::migration::{MigrationSource, Result as MigrationResult};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connection::{AnyConnection, MultiBackend};
use crate::database::unavailable;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
#[cfg(feature = "postgres")]
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// What a migration did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The versions that were applied now, the oldest first.
    pub applied: Vec<String>,
}

impl fmt::Display for Migrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.applied[..] {
            [] => f.write_str("the schema is up to date"),
            versions => write!(f, "applied {}", versions.join(", ")),
        }
    }
}

/// Applies what is missing. All of it happens in one transaction that holds a lock from its begin, so
/// that two processes that start at once do not meet.
pub(crate) fn migrate(connection: &mut AnyConnection) -> Result<Migrated, StoreError> {
    let source = begin(connection).map_err(unavailable)?;
    let applied = match apply(connection, source) {
        Ok(applied) => applied,
        Err(error) => {
            // A connection that failed is closed anyway.
            let _ = AnyConnection::rollback_transaction(connection);
            return Err(error);
        }
    };
    AnyConnection::commit_transaction(connection).map_err(unavailable)?;
    Ok(Migrated { applied })
}

fn apply(
    connection: &mut AnyConnection,
    source: EmbeddedMigrations,
) -> Result<Vec<String>, StoreError> {
    let known = MigrationSource::<MultiBackend>::migrations(&source).map_err(unavailable)?;
    let known: Vec<_> = known
        .iter()
        .map(|migration| migration.name().version().as_owned())
        .collect();
    let applied = connection.applied_migrations().map_err(unavailable)?;
    if let Some(version) = applied.iter().find(|version| !known.contains(version)) {
        return Err(StoreError::newer_schema(format!(
            "the database has a schema of a newer version of this program (it has {version}): use that version"
        )));
    }
    run(connection, source).map_err(unavailable)
}

fn run(connection: &mut AnyConnection, source: EmbeddedMigrations) -> MigrationResult<Vec<String>> {
    let applied = connection.run_pending_migrations(source)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Begins a transaction in which nobody else migrates: what there is to apply.
fn begin(connection: &mut AnyConnection) -> diesel::QueryResult<EmbeddedMigrations> {
    match connection {
        AnyConnection::Sqlite(connection) => {
            AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")?;
            Ok(SQLITE)
        }
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            AnsiTransactionManager::begin_transaction(connection)?;
            crate::postgres::lock_migrations(connection)?;
            Ok(POSTGRES)
        }
    }
}
