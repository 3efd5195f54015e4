//! The database itself: how to connect to it, with its schema up to date.

use std::sync::Arc;

use cocore_keys::{Clock, StoreError};
use std::sync::OnceLock;

use crate::DatabaseUrl;
use crate::connection::AnyConnection;
use crate::migrate::{Migrated, is_current, migrate};
use crate::sqlite::{self, FileId};

/// What readers and the writer share. It is not touched before the first query: it may be out of reach
/// now and back later.
pub(crate) struct Database {
    url: DatabaseUrl,
    pub(crate) clock: Arc<dyn Clock>,
    /// Set once the schema is known to be up to date.
    migrated: OnceLock<Schema>,
}

/// Whose schema is up to date.
enum Schema {
    Sqlite(FileId),
    #[cfg(feature = "postgres")]
    Postgres,
}

impl Database {
    pub(crate) fn new(url: DatabaseUrl, clock: Arc<dyn Clock>) -> Self {
        Self {
            url,
            clock,
            migrated: OnceLock::new(),
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.url, DatabaseUrl::Sqlite(_))
    }

    /// A new connection. The schema is up to date.
    pub(crate) fn connect(&self) -> Result<AnyConnection, StoreError> {
        if self.migrated.get().is_none() {
            self.migrate()?;
        }
        self.check()?;
        self.open()
    }

    /// A connection to a database that is this program's already, in which nothing is changed by this.
    pub(crate) fn connect_as_it_is(&self) -> Result<AnyConnection, StoreError> {
        let mut open = self.open()?;
        match is_current(&mut open).map_err(unavailable)? {
            true => Ok(open),
            false => Err(StoreError::unavailable(format!(
                "{} has no keys of this version: if it is a database of this program, run `cocore-server migrate` on it",
                self.url
            ))),
        }
    }

    /// Whether connections that are open still lead to the database.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match (&self.url, self.migrated.get()) {
            // They would go on writing to a file that nobody finds again.
            (DatabaseUrl::Sqlite(file), Some(Schema::Sqlite(id))) if FileId::of(file)? != *id => {
                Err(StoreError::unavailable(
                    "the database's file was replaced: start the program again",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Brings the schema up to date.
    pub(crate) fn migrate(&self) -> Result<Migrated, StoreError> {
        let schema = match &self.url {
            DatabaseUrl::Sqlite(file) => {
                sqlite::private_file(file)?;
                Schema::Sqlite(FileId::of(file)?)
            }
            #[cfg(feature = "postgres")]
            DatabaseUrl::Postgres(_) => Schema::Postgres,
        };
        let migrated = migrate(&mut self.open()?)?;
        self.migrated.get_or_init(|| schema);
        if !migrated.applied.is_empty() {
            tracing::info!(applied = ?migrated.applied, "the schema is up to date now");
        }
        Ok(migrated)
    }

    fn open(&self) -> Result<AnyConnection, StoreError> {
        match &self.url {
            DatabaseUrl::Sqlite(file) => sqlite::connect(file).map(AnyConnection::Sqlite),
            #[cfg(feature = "postgres")]
            DatabaseUrl::Postgres(url) => {
                crate::postgres::connect(url).map(AnyConnection::Postgres)
            }
        }
    }
}

/// What the store could not do, in the words of the database. Those of both name tables and columns,
/// and no values but in details that are not shown.
pub(crate) fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::unavailable(error.to_string())
}
