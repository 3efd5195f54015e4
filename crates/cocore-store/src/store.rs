//! The store: a database with its threads.

use std::sync::Arc;

use cocore_keys::{Clock, StoreError};
use diesel::QueryResult;

use crate::DatabaseUrl;
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::migrate::Migrated;
use crate::readers::Readers;
use crate::statistics::StoreStatistics;
use crate::subscribers::Subscribers;
use crate::write::Outcome;
use crate::writer::Writer;

/// A store of keys, sessions and encrypted values in a database. It opens without touching the database:
/// while the database is unavailable, each operation fails, and succeeds once the database is back.
#[derive(Clone)]
pub struct Store {
    pub(crate) database: Arc<Database>,
    readers: Readers,
    pub(crate) writer: Writer,
    /// On PostgreSQL.
    pub(crate) coordinator: Option<crate::postgres::LeaseCoordinator>,
}

impl Store {
    /// Opens a store on a database.
    ///
    /// # Panics
    /// If the operating system cannot start its threads.
    #[allow(clippy::expect_used)]
    pub fn open(url: DatabaseUrl, clock: Arc<dyn Clock>) -> Self {
        // As std's own `spawn`: a program without threads cannot run.
        Self::start(url, clock).expect("the store's threads cannot be started")
    }

    fn start(url: DatabaseUrl, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let is_shared = matches!(url, DatabaseUrl::Postgres(_));
        let database = Arc::new(Database::new(url, clock));
        let coordinator = is_shared
            .then(|| crate::postgres::LeaseCoordinator::start(database.clone()))
            .transpose()?;
        let subscribers = coordinator
            .clone()
            .map_or(Subscribers::Local(None), Subscribers::Cluster);
        Ok(Self {
            readers: Readers::start(&database)?,
            writer: Writer::start(database.clone(), subscribers)?,
            coordinator,
            database,
        })
    }

    /// Migrates the schema to this version now. Otherwise the first operation does. It blocks: an
    /// asynchronous task must not call it.
    ///
    /// # Errors
    /// The database is unavailable, another process has locked it, or its schema is newer than this program.
    pub fn migrate(&self) -> Result<Migrated, StoreError> {
        self.database.migrate()
    }

    /// Returns whether several servers may use the database at once, which then hold leases.
    pub fn is_shared(&self) -> bool {
        !self.database.is_sqlite()
    }

    /// Closes every connection, which takes a few seconds at most. Each process should do so before it
    /// ends: an SQLite file is then complete without its log, and the other servers of a database need not
    /// wait for this one's lease. Every later operation fails.
    pub async fn close(&self) {
        if let Some(coordinator) = &self.coordinator {
            coordinator.close().await;
        }
        // SQLite's last connection moves the log into the file: close one after the other.
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Returns what the store has done, and what waits for it. It does no work of the database.
    pub fn statistics(&self) -> StoreStatistics {
        let syncs = || self.database.locked_file().map_or(0, |file| file.syncs());
        let syncs = self.database.is_sqlite().then(syncs);
        let queues = [
            self.writer.queue_statistics(),
            self.readers.queue_statistics(),
        ];
        let coordinator = self.coordinator.as_ref();
        let changes = coordinator.map(|coordinator| coordinator.queue_statistics());
        let queues = queues.into_iter().chain(changes).collect();
        self.writer.counters().statistics(syncs, queues)
    }

    /// Checks that the threads run and that nothing has made the store unavailable for good.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.writer.check()?;
        self.readers.check()?;
        if let Some(coordinator) = &self.coordinator {
            coordinator.check()?;
        }
        Ok(())
    }

    /// Returns the result of a query. It may be run twice.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&mut AnyConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(query).await
    }

    /// Runs a query that writes, and changes no keys. It may be run twice.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        query: impl Fn(&mut AnyConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer
            .write(move |connection| Ok((query(connection)?, Outcome::None)))
            .await
    }
}
