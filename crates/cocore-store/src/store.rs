//! The store: each operation on a thread that may block.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use cocore_keys::{Digest, Key, KeyStore, NewKey, StoreError, Use};
use diesel::SqliteConnection;

use crate::connections::{Connections, FileId, unavailable};
use crate::migrate::{Migrated, migrate};
use crate::writer::Writer;
use crate::{DatabaseUrl, api_keys, sealed, seen_tokens, sessions};

/// Keys in a database. It opens without touching the database, which may be out of reach now and
/// back later: then each operation says so until it is.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
    writer: Writer,
}

/// What readers and the writer share.
pub(crate) struct Database {
    pub(crate) connections: Connections,
    /// The file whose schema is known to be up to date.
    migrated: OnceLock<FileId>,
}

impl Store {
    /// A store on a database.
    ///
    /// # Panics
    /// If the system has no thread for its writer.
    #[allow(clippy::expect_used)]
    pub fn open(url: DatabaseUrl) -> Self {
        let database = Arc::new(Database {
            connections: Connections::new(url),
            migrated: OnceLock::new(),
        });
        // As std's own `spawn`: a program without threads cannot go on.
        let writer = Writer::start(database.clone()).expect("no thread for the writer");
        Self { database, writer }
    }

    /// Brings the schema up to date now, which every operation does by itself the first time.
    /// It blocks.
    ///
    /// # Errors
    /// The database is out of reach, or newer than this program.
    pub fn migrate(&self) -> Result<Migrated, StoreError> {
        self.database.migrate()
    }

    /// Removes what is over by now: sessions that began or were seen too long ago, tokens that ended,
    /// values past their time. How many rows.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn purge(
        &self,
        now: DateTime<Utc>,
        begun_before: DateTime<Utc>,
        unseen_since: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        self.write(move |connection| {
            let sessions = sessions::purge(connection, begun_before, unseen_since)?;
            let tokens = seen_tokens::purge(connection, now)?;
            Ok(sessions + tokens + sealed::purge(connection, now)?)
        })
        .await
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut SqliteConnection) -> diesel::QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = Arc::clone(&self.database);
        let done = tokio::task::spawn_blocking(move || {
            database.prepare()?;
            query(&mut *database.connections.reader()?).map_err(unavailable)
        });
        done.await.unwrap_or_else(|error| Err(unavailable(error)))
    }

    /// Ends a key: whether there was one.
    async fn change(
        &self,
        query: impl FnOnce(&mut SqliteConnection) -> diesel::QueryResult<Option<Digest>>
        + Send
        + 'static,
        committed: impl FnOnce(&Digest) + Send + 'static,
    ) -> Result<bool, StoreError> {
        let committed = |ended: &Option<Digest>| {
            if let Some(digest) = ended {
                committed(digest);
            }
        };
        let ended = self.writer.write(query, committed).await?;
        Ok(ended.is_some())
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut SqliteConnection) -> diesel::QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(query, |_| {}).await
    }
}

impl Database {
    pub(crate) fn prepare(&self) -> Result<(), StoreError> {
        match self.migrated.get() {
            None => self.migrate().map(drop),
            // Open connections would go on writing to a file that nobody finds again.
            Some(file) if self.connections.file()? != *file => Err(StoreError::unavailable(
                "the database's file was replaced: start the program again",
            )),
            Some(_) => Ok(()),
        }
    }

    fn migrate(&self) -> Result<Migrated, StoreError> {
        self.connections.create_file()?;
        let file = self.connections.file()?;
        let migrated = migrate(&mut *self.connections.writer()?)?;
        self.migrated.get_or_init(|| file);
        if !migrated.applied.is_empty() {
            tracing::info!(applied = ?migrated.applied, "the schema is up to date now");
        }
        Ok(migrated)
    }
}

impl KeyStore for Store {
    async fn key_any(&self) -> Result<bool, StoreError> {
        self.read(api_keys::any).await
    }

    async fn key_by_digest(&self, digest: Digest) -> Result<Option<Key>, StoreError> {
        self.read(move |connection| api_keys::by_digest(connection, &digest))
            .await
    }

    async fn key_create(
        &self,
        key: NewKey,
        committed: impl FnOnce() + Send + 'static,
    ) -> Result<(), StoreError> {
        let create = move |connection: &mut _| api_keys::create(connection, &key);
        self.writer.write(create, |()| committed()).await
    }

    async fn key_delete(
        &self,
        did: &str,
        id: &str,
        committed: impl FnOnce(&Digest) + Send + 'static,
    ) -> Result<bool, StoreError> {
        let (did, id) = (did.to_owned(), id.to_owned());
        let delete = move |connection: &mut _| api_keys::delete(connection, &did, &id);
        self.change(delete, committed).await
    }

    async fn key_list(&self, did: &str) -> Result<Vec<NewKey>, StoreError> {
        let did = did.to_owned();
        self.read(move |connection| api_keys::list(connection, &did))
            .await
    }

    async fn key_load(
        &self,
        now: DateTime<Utc>,
        each: impl FnMut(NewKey) + Send + 'static,
    ) -> Result<(), StoreError> {
        self.read(move |connection| api_keys::load(connection, now, each))
            .await
    }

    async fn key_revoke(
        &self,
        did: &str,
        id: &str,
        at: DateTime<Utc>,
        committed: impl FnOnce(&Digest) + Send + 'static,
    ) -> Result<bool, StoreError> {
        let (did, id) = (did.to_owned(), id.to_owned());
        let revoke = move |connection: &mut _| api_keys::revoke(connection, &did, &id, at);
        self.change(revoke, committed).await
    }

    async fn key_used(&self, uses: Vec<Use>) -> Result<(), StoreError> {
        self.write(move |connection| {
            let mut uses = uses.iter();
            uses.try_for_each(|used| api_keys::used(connection, &used.id, used.at))
        })
        .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read(api_keys::any).await.map(drop)
    }
}
