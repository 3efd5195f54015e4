//! The database: how to connect to it, with its schema migrated.

use std::sync::{Arc, OnceLock};

use cocore_keys::{Clock, Reason, StoreError};

use crate::connection::AnyConnection;
use crate::disk;
use crate::error::{Cause, unavailable};
use crate::lock::{LockedFile, lock};
use crate::migrate::{Migrated, is_current, migrate};
use crate::sqlite::{self, FileId};
use crate::url::DatabaseUrl;

/// What the threads of a store share. The database is not touched before the first query.
pub(crate) struct Database {
    url: DatabaseUrl,
    pub(crate) clock: Arc<dyn Clock>,
    /// Set once the schema is known to be current.
    migrated: OnceLock<MigratedDatabase>,
}

/// The database whose schema is current.
enum MigratedDatabase {
    Sqlite(LockedFile),
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

    /// Returns the state of the disk, if this process can see the disk. It may block.
    pub(crate) fn disk(&self) -> Option<Result<(), Reason>> {
        disk::state(self.url.sqlite()?)
    }

    /// Opens a connection. The schema is current.
    pub(crate) fn connect(&self) -> Result<AnyConnection, StoreError> {
        if self.migrated.get().is_none() {
            self.migrate()?;
        }
        self.check()?;
        self.open()
    }

    /// Opens a connection without migrating the schema, which has to be current.
    pub(crate) fn connect_as_it_is(&self) -> Result<AnyConnection, StoreError> {
        if let Some(file) = self.url.sqlite() {
            lock(file)?;
        }
        let mut open = self.open()?;
        if is_current(&mut open).map_err(unavailable)? {
            Ok(open)
        } else {
            Err(Cause::NotMigrated(self.url.to_string()).into())
        }
    }

    /// Checks that open connections still lead to the database.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match (&self.url, self.migrated.get()) {
            // They would write to a file that has no name any more.
            (DatabaseUrl::Sqlite(file), Some(MigratedDatabase::Sqlite(locked)))
                if FileId::of(file.path())? != locked.id =>
            {
                Err(Cause::FileReplaced.into())
            }
            _ => Ok(()),
        }
    }

    /// Checks that a connection to PostgreSQL keeps its session.
    pub(crate) fn check_session(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        match (connection, &self.url) {
            (AnyConnection::Postgres(connection), DatabaseUrl::Postgres(url)) => {
                crate::postgres::check_session(connection, url)
            }
            _ => Ok(()),
        }
    }

    /// Migrates the schema to this version. This process owns an SQLite file from then on.
    pub(crate) fn migrate(&self) -> Result<Migrated, StoreError> {
        let database = match &self.url {
            DatabaseUrl::Sqlite(file) => MigratedDatabase::Sqlite(lock(file)?),
            DatabaseUrl::Postgres(_) => MigratedDatabase::Postgres,
        };
        let mut open = self.open()?;
        self.check_session(&mut open)?;
        let migrated = migrate(&mut open)?;
        self.migrated.get_or_init(|| database);
        if !migrated.applied.is_empty() {
            tracing::info!(applied = ?migrated.applied, "the schema is up to date now");
        }
        Ok(migrated)
    }

    fn open(&self) -> Result<AnyConnection, StoreError> {
        match &self.url {
            DatabaseUrl::Sqlite(file) => sqlite::connect(file).map(AnyConnection::Sqlite),
            DatabaseUrl::Postgres(url) => {
                crate::postgres::connect(url).map(AnyConnection::Postgres)
            }
        }
    }
}
