//! Schema migrations.

use std::fmt;

use cocore_keys::{Reason, StoreError};
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::migration::{MigrationSource, Result as MigrationResult};
use diesel::result::Error as DieselError;
use diesel::{QueryResult, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connection::{AnyConnection, MultiBackend};
use crate::error::{Cause, unavailable};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The result of a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The versions that were applied, the oldest first.
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

/// Applies the missing migrations in one transaction that holds a lock from its beginning, so that two
/// processes that start at once do not conflict.
pub(crate) fn migrate(connection: &mut AnyConnection) -> Result<Migrated, StoreError> {
    if is_current(connection).map_err(unavailable)? {
        return Ok(Migrated {
            applied: Vec::new(),
        });
    }
    if let AnyConnection::Postgres(connection) = connection
        && !crate::postgres::may_create(connection).map_err(unavailable)?
    {
        return Err(Cause::NoRightToCreate.into());
    }
    begin(connection).map_err(unavailable)?;
    let applied = match apply(connection) {
        Ok(applied) => applied,
        Err(error) => {
            // The caller closes a connection that failed.
            let _ = AnyConnection::rollback_transaction(connection);
            return Err(error);
        }
    };
    AnyConnection::commit_transaction(connection).map_err(unavailable)?;
    Ok(Migrated { applied })
}

/// Returns whether the schema has exactly the migrations of this program. It writes nothing: a role that may
/// not change the schema can use one that is current.
pub(crate) fn is_current(connection: &mut AnyConnection) -> MigrationResult<bool> {
    let mut known = versions(&source_of(connection))?;
    // The table may not exist yet.
    let mut found = applied(connection).unwrap_or_default();
    found.sort();
    known.sort();
    Ok(found == known)
}

/// Compares the schema with this program. The table of migrations has to exist.
pub(crate) fn compare(connection: &mut AnyConnection) -> QueryResult<Result<(), Reason>> {
    let found = applied(connection)?;
    let known = versions(&source_of(connection)).map_err(DieselError::QueryBuilderError)?;
    if found.iter().any(|version| !known.contains(version)) {
        Ok(Err(Reason::NewerSchema))
    } else if found.len() < known.len() {
        Ok(Err(Reason::OlderSchema))
    } else {
        Ok(Ok(()))
    }
}

/// Returns the migrations of the schema.
pub(crate) fn applied(connection: &mut AnyConnection) -> QueryResult<Vec<String>> {
    let query = diesel::sql_query("SELECT version FROM __diesel_schema_migrations");
    let rows: Vec<Version> = match connection {
        AnyConnection::Sqlite(connection) => query.load(connection)?,
        AnyConnection::Postgres(connection) => query.load(connection)?,
    };
    Ok(rows.into_iter().map(|row| row.version).collect())
}

/// Returns the migrations of this program.
fn source_of(connection: &AnyConnection) -> EmbeddedMigrations {
    match connection {
        AnyConnection::Sqlite(_) => SQLITE,
        AnyConnection::Postgres(_) => POSTGRES,
    }
}

/// A row of Diesel's table of migrations.
#[derive(diesel::QueryableByName)]
struct Version {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

fn versions(source: &EmbeddedMigrations) -> MigrationResult<Vec<String>> {
    let known = MigrationSource::<MultiBackend>::migrations(source)?;
    let versions = known.iter().map(|one| one.name().version().to_string());
    Ok(versions.collect())
}

fn apply(connection: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    let source = source_of(connection);
    let known = versions(&source).map_err(unavailable)?;
    let applied = connection.applied_migrations().map_err(unavailable)?;
    let is_new = |version: &String| !known.contains(version);
    if let Some(version) = applied.iter().map(ToString::to_string).find(is_new) {
        let message = format!(
            "the database has a schema of a newer version of this program (it has {version}): use that version"
        );
        return Err(StoreError::new(Reason::NewerSchema, message));
    }
    run(connection, source).map_err(unavailable)
}

fn run(connection: &mut AnyConnection, source: EmbeddedMigrations) -> MigrationResult<Vec<String>> {
    let applied = connection.run_pending_migrations(source)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Begins a transaction that locks out other migrations.
fn begin(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(connection) => {
            AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")
        }
        AnyConnection::Postgres(connection) => {
            AnsiTransactionManager::begin_transaction(connection)?;
            crate::postgres::lock_migrations(connection)
        }
    }
}
