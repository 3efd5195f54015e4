//! Bringing the schema up to date.

use std::fmt;

use cocore_keys::StoreError;
use diesel::SqliteConnection;
use diesel::migration::{MigrationSource, Result as MigrationResult};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connections::unavailable;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

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

/// Applies what is missing. All of it happens in one transaction that holds the write lock from its
/// begin, so that two processes that start at once do not meet.
pub(crate) fn migrate(connection: &mut SqliteConnection) -> Result<Migrated, StoreError> {
    let mut newer = None;
    let result = connection.immediate_transaction(|connection| {
        let known: Vec<_> = MigrationSource::<Sqlite>::migrations(&MIGRATIONS)
            .map_err(Failure)?
            .iter()
            .map(|migration| migration.name().version().as_owned())
            .collect();
        let applied = connection.applied_migrations().map_err(Failure)?;
        newer = applied
            .iter()
            .find(|version| !known.contains(version))
            .map(ToString::to_string);
        if newer.is_some() {
            return Ok(Vec::new());
        }
        let versions = run(connection).map_err(Failure)?;
        Ok::<_, Failure>(versions)
    });
    if let Some(version) = newer {
        return Err(StoreError::newer_schema(format!(
            "the database has a schema of a newer version of this program (it has {version}): use that version"
        )));
    }
    let applied = result.map_err(|Failure(error)| unavailable(error))?;
    Ok(Migrated { applied })
}

fn run(connection: &mut SqliteConnection) -> MigrationResult<Vec<String>> {
    let applied = connection.run_pending_migrations(MIGRATIONS)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Any error inside of the transaction.
struct Failure(Box<dyn std::error::Error + Send + Sync>);

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self(Box::new(error))
    }
}
