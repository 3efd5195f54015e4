//! The store: each operation on a thread that may block.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cocore_keys::{Change, Clock, Digest, Key, KeyStore, LiveKeys, NewKey, StoreError, Use};
use diesel::QueryResult;

use crate::connection::AnyConnection;
use crate::database::Database;
use crate::migrate::Migrated;
use crate::readers::Readers;
use crate::writer::{Effect, Subscribers, Writer};
use crate::{DatabaseUrl, api_keys, encrypted_values, seen_tokens, sessions};

/// Keys in a database. It opens without touching the database, which may be out of reach now and
/// back later: then each operation says so until it is.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
    readers: Readers,
    writer: Writer,
    #[cfg(feature = "postgres")]
    coordinator: Option<crate::postgres::LeaseCoordinator>,
}

impl Store {
    /// A store on a database.
    ///
    /// # Panics
    /// If the system has no thread for it.
    #[allow(clippy::expect_used)]
    pub fn open(url: DatabaseUrl, clock: Arc<dyn Clock>) -> Self {
        // As std's own `spawn`: a program without threads cannot go on.
        Self::start(url, clock).expect("no thread for the store")
    }

    fn start(url: DatabaseUrl, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        #[cfg(feature = "postgres")]
        let is_shared = matches!(url, DatabaseUrl::Postgres(_));
        let database = Arc::new(Database::new(url, clock));
        #[cfg(feature = "postgres")]
        let coordinator = is_shared
            .then(|| crate::postgres::LeaseCoordinator::start(database.clone()))
            .transpose()?;
        #[cfg(feature = "postgres")]
        let subscribers = coordinator
            .clone()
            .map_or(Subscribers::Local(None), Subscribers::Cluster);
        #[cfg(not(feature = "postgres"))]
        let subscribers = Subscribers::Local(None);
        Ok(Self {
            readers: Readers::start(&database)?,
            writer: Writer::start(database.clone(), subscribers)?,
            #[cfg(feature = "postgres")]
            coordinator,
            database,
        })
    }

    /// Brings the schema up to date now, which every operation does by itself the first time.
    /// It blocks.
    ///
    /// # Errors
    /// The database is out of reach, or newer than this program.
    pub fn migrate(&self) -> Result<Migrated, StoreError> {
        self.database.migrate()
    }

    /// Refuses every change from now on, or no more: as long as an SQLite file may be another process's.
    pub fn set_read_only(&self, is_read_only: bool) {
        self.writer.set_read_only(is_read_only);
    }

    /// Closes every connection, for a few seconds at most, as each process should before it ends. An
    /// SQLite file is complete then by itself, and the other servers of a database need not wait for
    /// this one. Nothing can be asked any more.
    pub async fn close(&self) {
        #[cfg(feature = "postgres")]
        if let Some(coordinator) = &self.coordinator {
            coordinator.close().await;
        }
        // SQLite's last connection tidies up, which only one at a time can be.
        self.readers.close().await;
        self.writer.close().await;
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
            #[cfg(feature = "postgres")]
            if let AnyConnection::Postgres(connection) = connection {
                crate::postgres::purge_changes(connection)?;
            }
            Ok(sessions + tokens + encrypted_values::purge(connection, now)?)
        })
        .await
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&mut AnyConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(query).await
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        query: impl Fn(&mut AnyConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer
            .write(move |connection| Ok((query(connection)?, Effect::None)))
            .await
    }

    /// Ends a key: whether there was one.
    async fn end_key(
        &self,
        query: impl Fn(&mut AnyConnection) -> QueryResult<Option<Digest>> + Send + 'static,
    ) -> Result<bool, StoreError> {
        self.writer
            .write(move |connection| {
                let ended = query(connection)?;
                let effect = |digest| Effect::Change(Change::Removed(digest));
                Ok((ended.is_some(), ended.map_or(Effect::Observed, effect)))
            })
            .await
    }
}

impl KeyStore for Store {
    async fn key_subscribe(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        #[cfg(feature = "postgres")]
        if let Some(coordinator) = &self.coordinator {
            return coordinator.subscribe(live).await;
        }
        self.writer.subscribe(live).await
    }

    async fn key_any(&self) -> Result<bool, StoreError> {
        self.read(api_keys::any).await
    }

    async fn key_by_digest(&self, digest: Digest) -> Result<Option<Key>, StoreError> {
        self.read(move |connection| api_keys::by_digest(connection, &digest))
            .await
    }

    async fn key_create(&self, key: NewKey) -> Result<(), StoreError> {
        self.writer
            .write(move |_| Ok(((), Effect::Change(Change::Created(key.clone())))))
            .await
    }

    async fn key_delete(&self, did: &str, id: &str) -> Result<bool, StoreError> {
        let (did, id) = (did.to_owned(), id.to_owned());
        self.end_key(move |connection| api_keys::delete(connection, &did, &id))
            .await
    }

    async fn key_list(&self, did: &str) -> Result<Vec<NewKey>, StoreError> {
        let did = did.to_owned();
        self.read(move |connection| api_keys::list(connection, &did))
            .await
    }

    async fn key_revoke(&self, did: &str, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let (did, id) = (did.to_owned(), id.to_owned());
        self.end_key(move |connection| api_keys::revoke(connection, &did, &id, at))
            .await
    }

    async fn key_used(&self, uses: Vec<Use>) -> Result<(), StoreError> {
        self.write(move |connection| api_keys::used(connection, &uses))
            .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.writer.check()?;
        self.readers.check()?;
        #[cfg(feature = "postgres")]
        if let Some(coordinator) = &self.coordinator {
            coordinator.check()?;
        }
        self.read(api_keys::any).await.map(drop)
    }
}
