//! Databases to test on, and keys to put there.
#![allow(dead_code, missing_docs)]

#[cfg(feature = "postgres")]
#[path = "../../../../tests/support/postgres.rs"]
#[allow(unreachable_pub)]
pub(crate) mod postgres;
#[cfg(feature = "postgres")]
#[path = "../../../../tests/support/skip.rs"]
#[allow(unreachable_pub)]
mod skip;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cocore_keys::{Key, KeyStore, NewKey, Secret, SystemClock};
use cocore_store::{DatabaseUrl, Store};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tempfile::TempDir;

pub(crate) const ALICE: &str = "did:web:alice.example";
pub(crate) const BOB: &str = "did:web:bob.example";

/// An empty database of either kind.
pub(crate) enum Place {
    Sqlite(Disk),
    #[cfg(feature = "postgres")]
    Postgres(String),
}

/// An SQLite file.
pub(crate) struct Disk {
    pub(crate) dir: TempDir,
}

impl Place {
    /// One of each kind that is here.
    pub(crate) fn all() -> Vec<Self> {
        let sqlite = Self::Sqlite(Disk::new());
        #[cfg(not(feature = "postgres"))]
        return vec![sqlite];
        #[cfg(feature = "postgres")]
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
            Self::Sqlite(disk) => disk.url(),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => url.clone(),
        }
    }

    pub(crate) fn open(&self) -> Store {
        open(&self.url())
    }

    /// Runs a statement beside the store.
    pub(crate) fn sql(&self, statement: &str) {
        match self {
            Self::Sqlite(disk) => disk.beside().batch_execute(statement).unwrap(),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => {
                let mut connection = PgConnection::establish(url).unwrap();
                connection.batch_execute(statement).unwrap();
            }
        }
    }
}

pub(crate) fn open(url: &str) -> Store {
    Store::open(DatabaseUrl::parse(url).unwrap(), Arc::new(SystemClock))
}

impl Disk {
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

/// The keys of an account, without their digests.
pub(crate) async fn listed(store: &Store, did: &str) -> Vec<Key> {
    let keys = store.key_list(did).await.unwrap();
    keys.into_iter().map(|stored| stored.key).collect()
}

pub(crate) fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap()
}

pub(crate) fn key(did: &str, id: &str, created_at: i64) -> NewKey {
    let mut bytes = [0; 32];
    bytes[..id.len()].copy_from_slice(id.as_bytes());
    let secret = Secret::from_random(bytes);
    NewKey {
        digest: secret.digest(),
        key: Key {
            id: id.to_owned(),
            did: did.to_owned(),
            name: format!("name of {id} \u{1f511}"),
            prefix: secret.prefix().to_owned(),
            created_at: time(created_at),
            expires_at: Some(time(created_at + 1)),
            revoked_at: None,
            last_used_at: None,
        },
    }
}
