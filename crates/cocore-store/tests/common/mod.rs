//! Databases and keys for tests.
#![allow(dead_code, missing_docs)]

#[path = "../../../../tests/support/postgres.rs"]
#[allow(unreachable_pub)]
pub(crate) mod postgres;
#[path = "../../../../tests/support/skip.rs"]
#[allow(unreachable_pub)]
mod skip;

use std::sync::Arc;
use std::thread;

use chrono::{DateTime, Utc};
use cocore_keys::{
    Access, ActiveKey, Caller, CallerCredential, Creation, Event, EventKind, Key, KeyId, KeyName,
    KeyStore, Lineage, NewKey, Origin, Secret, StoreError, SystemClock,
};
use cocore_store::{DatabaseUrl, Migrated, Store};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use lexicon_runtime::Did;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const ALICE: &str = "did:web:alice.example";
pub(crate) const BOB: &str = "did:web:bob.example";

/// An empty database.
pub(crate) enum TestDatabase {
    Sqlite(SqliteFile),
    Postgres(String),
}

/// An SQLite file.
pub(crate) struct SqliteFile {
    pub(crate) dir: TempDir,
}

impl TestDatabase {
    /// Creates one of each kind.
    pub(crate) fn all() -> Vec<Self> {
        let sqlite = Self::Sqlite(SqliteFile::new());
        match postgres::Cluster::shared() {
            Ok(cluster) => vec![sqlite, Self::Postgres(cluster.database())],
            Err(why) => {
                let _ = skip::skip::<()>(why);
                vec![sqlite]
            }
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(file) => file.url(),
            Self::Postgres(url) => url.clone(),
        }
    }

    pub(crate) fn open(&self) -> Store {
        open(&self.url())
    }

    /// Returns the text that a query beside the store selects as `value`.
    pub(crate) fn text(&self, query: &str) -> String {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            value: String,
        }
        match self {
            Self::Sqlite(file) => {
                let row: Row = diesel::sql_query(query)
                    .get_result(&mut file.beside())
                    .unwrap();
                row.value
            }
            Self::Postgres(url) => {
                let cluster = postgres::Cluster::shared().unwrap();
                cluster.query(postgres::name(url), query)
            }
        }
    }

    /// Returns the expression for 32 bytes that are different for each value of an integer column. As those of digests,
    /// they look random.
    pub(crate) fn digest_of(&self, column: &str) -> String {
        match self {
            Self::Sqlite(_) => "randomblob(32)".to_owned(),
            Self::Postgres(_) => format!("sha256(CAST({column} AS TEXT)::bytea)"),
        }
    }

    /// Returns the number of rows of a table.
    pub(crate) fn rows(&self, table: &str) -> usize {
        let query = format!("SELECT CAST(count(*) AS TEXT) AS value FROM {table}");
        self.text(&query).parse().unwrap()
    }

    /// Runs a statement beside the store.
    pub(crate) fn sql(&self, statement: &str) {
        match self {
            Self::Sqlite(file) => file.beside().batch_execute(statement).unwrap(),
            Self::Postgres(url) => {
                let cluster = postgres::Cluster::shared().unwrap();
                assert!(cluster.sql(postgres::name(url), statement), "{statement}");
            }
        }
    }
}

pub(crate) fn open(url: &str) -> Store {
    Store::open(DatabaseUrl::parse(url).unwrap(), Arc::new(SystemClock))
}

/// Migrates the schema on a thread of its own, since that blocks.
pub(crate) fn migrate(store: &Store) -> Result<Migrated, StoreError> {
    thread::scope(|scope| scope.spawn(|| store.migrate()).join().unwrap())
}

impl SqliteFile {
    pub(crate) fn new() -> Self {
        Self {
            dir: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn file(&self) -> String {
        self.dir
            .path()
            .join("keys.sqlite")
            .to_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.file())
    }

    pub(crate) fn open(&self) -> Store {
        open(&self.url())
    }

    /// A connection beside the store's own.
    pub(crate) fn beside(&self) -> SqliteConnection {
        let mut connection = SqliteConnection::establish(&self.file()).unwrap();
        // A store that was dropped may still be closing its file.
        connection
            .batch_execute("PRAGMA busy_timeout = 5000")
            .unwrap();
        connection
    }
}

/// Returns the keys of an account.
pub(crate) async fn listed(store: &Store, did: &str) -> Vec<Key> {
    let keys = store.key_list(did).await.unwrap();
    keys.into_iter().map(|stored| stored.key).collect()
}

pub(crate) fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap()
}

/// The id that stands for a short name in tests. Ids are in the order of their names.
pub(crate) fn id(name: &str) -> String {
    key_id(name).to_string()
}

pub(crate) fn key_id(name: &str) -> KeyId {
    let mut bytes = [0; 16];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    Uuid::from_bytes(bytes).into()
}

pub(crate) fn account(did: &str) -> Arc<Did> {
    Arc::new(Did::parse(did).unwrap())
}

pub(crate) fn secret(name: &str) -> Secret {
    let mut bytes = [0; 32];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    Secret::from_random(bytes)
}

pub(crate) fn key(did: &str, name: &str, created_at: i64) -> NewKey {
    let secret = secret(name);
    NewKey {
        active: ActiveKey {
            digest: secret.digest(),
            id: key_id(name),
            did: account(did),
            created_at: time(created_at),
            expires_at: Some(time(created_at + 1)),
            last_used_at: None,
            access: Access::EVERYTHING,
        },
        name: KeyName::parse(&format!("name of {name} \u{1f511}")).unwrap(),
        prefix: secret.prefix().to_owned(),
        note: None,
        lineage: Lineage::default(),
    }
}

/// The owner of an account, in the console.
pub(crate) fn owner(did: &str) -> Caller {
    Caller {
        did: account(did),
        credential: CallerCredential::Session,
        origin: Origin::default(),
    }
}

/// An event of a key, at a time.
pub(crate) fn event(did: &str, kind: EventKind, key_id: &str, at: i64) -> Event {
    Event::new(&owner(did), kind, key_id, Some("its name"), time(at))
}

/// A key that its owner creates.
pub(crate) fn creation(key: NewKey) -> Creation {
    let (did, id) = (key.active.did.as_str(), key.active.id.to_string());
    let at = key.active.created_at.timestamp_millis();
    Creation {
        event: event(did, EventKind::Created, &id, at),
        key,
        creator: None,
    }
}

/// Creates a key.
pub(crate) async fn create(store: &Store, key: NewKey) -> Result<bool, StoreError> {
    store.key_create(creation(key)).await
}

/// Revokes a key, and returns whether it was active.
pub(crate) async fn revoke(store: &Store, did: &str, id: &str, at: i64) -> bool {
    let (did, id) = (did.to_owned(), id.to_owned());
    let revoked = store
        .key_change(move |transaction| transaction.revoke(&did, &id, false, time(at)))
        .await;
    !revoked.unwrap().is_empty()
}

/// Deletes a key, and returns whether it existed.
pub(crate) async fn delete(store: &Store, did: &str, id: &str) -> bool {
    let (did, id) = (did.to_owned(), id.to_owned());
    let deleted = store
        .key_change(move |transaction| transaction.delete(&did, &id))
        .await;
    deleted.unwrap()
}
