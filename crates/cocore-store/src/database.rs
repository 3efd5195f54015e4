//! The database: how to connect to it, with its schema migrated.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use cocore_keys::{Clock, Reason, StoreError};

use crate::connection::AnyConnection;
use crate::disk;
use crate::error::{Cause, unavailable};
use crate::lock::{LockedFile, lock};
use crate::migrate::{Migrated, is_current, migrate};
use crate::sqlite::{self, CheckpointError, FileId, LogFiles, UnchangedMark};
use crate::url::{DatabaseUrl, SqliteFile};

/// The connection of a reader. A reader has locked it while it runs a query.
pub(crate) type Slot = Arc<Mutex<Option<AnyConnection>>>;

/// What the threads of a store share. The database is not touched before the first query.
pub(crate) struct Database {
    url: DatabaseUrl,
    pub(crate) clock: Arc<dyn Clock>,
    /// Set once the schema is known to be current.
    migrated: OnceLock<MigratedDatabase>,
    /// The log that the open connections to an SQLite database use.
    open_log: Mutex<Option<LogFiles>>,
    slots: Mutex<Vec<Slot>>,
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
            open_log: Mutex::default(),
            slots: Mutex::default(),
        }
    }

    /// Returns the file of an SQLite database.
    pub(crate) fn file(&self) -> Option<&SqliteFile> {
        self.url.sqlite()
    }

    /// Returns the file of an SQLite database that this process owns, once its schema is current.
    pub(crate) fn locked_file(&self) -> Option<&LockedFile> {
        match self.migrated.get()? {
            MigratedDatabase::Sqlite(locked) => Some(locked),
            MigratedDatabase::Postgres => None,
        }
    }

    /// Returns a slot for the connection of a reader.
    pub(crate) fn slot(&self) -> Slot {
        let slot = Slot::default();
        lock_mutex(&self.slots).push(slot.clone());
        slot
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
        let open = self.open()?;
        if let Some(locked) = self.locked_file() {
            let log = LogFiles::now(locked)?;
            if *lock_mutex(&self.open_log).get_or_insert(log) != log {
                return Err(Cause::LogRemoved.into());
            }
        }
        Ok(open)
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

    /// Checks that open connections still lead to the database's file. Enough for a query: until the writer has
    /// closed all connections, an open one finds in a removed log what is in no other file.
    pub(crate) fn check_file(&self) -> Result<(), StoreError> {
        match (self.file(), self.locked_file()) {
            (Some(file), Some(locked)) if FileId::of(file.path())? != locked.id => {
                Err(Cause::FileReplaced.into())
            }
            _ => Ok(()),
        }
    }

    /// Checks that open connections still lead to the database's file and to its log. They would write to a
    /// file, or to a log, that has no name any more.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.check_file()?;
        let Some(locked) = self.locked_file() else {
            return Ok(());
        };
        let open = *lock_mutex(&self.open_log);
        match open {
            Some(open) if LogFiles::now(locked)? != open => Err(Cause::LogRemoved.into()),
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

    /// Marks the log of an SQLite database as unchanged.
    pub(crate) fn mark_log(&self) -> Result<Option<UnchangedMark>, StoreError> {
        self.locked_file().map_or(Ok(None), UnchangedMark::set)
    }

    /// Closes every connection to an SQLite database whose log has lost its name, `old` ones and those of the
    /// readers, so that the next one opens the files that have their names. What is only in the log is moved
    /// into the database before. On failure the connections are still open, since the log would be lost with
    /// the last one.
    pub(crate) fn reopen(&self, old: &mut Vec<AnyConnection>) -> Result<(), CheckpointError> {
        let slots = lock_mutex(&self.slots).clone();
        // Readers wait meanwhile, so that no query uses the old files beside the new ones.
        let mut readers: Vec<_> = slots.iter().map(|slot| lock_mutex(slot)).collect();
        old.extend(readers.iter_mut().filter_map(|reader| reader.take()));
        if let (Some(AnyConnection::Sqlite(open)), Some(locked)) =
            (old.first_mut(), self.locked_file())
            && !sqlite::empty_log(open, locked)?
        {
            return Err(StoreError::from(Cause::LogRemoved).into());
        }
        old.clear();
        *lock_mutex(&self.open_log) = None;
        Ok(())
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

fn lock_mutex<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
