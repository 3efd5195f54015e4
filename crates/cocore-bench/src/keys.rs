//! Databases to measure with.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use cocore_keys::{Clock, Key, KeyStore, NewKey, Secret, SystemClock};
use cocore_store::{DatabaseUrl, Store};
use diesel::connection::SimpleConnection;
use diesel::{Connection, RunQueryDsl, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// A database with some keys, ten an account.
pub(crate) struct Filled {
    pub(crate) url: String,
    /// A key of an account that has ten.
    pub(crate) key: String,
    _dir: TempDir,
}

impl Filled {
    pub(crate) fn new(keys: u64) -> Self {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite:{}", dir.path().join("keys.sqlite").display());
        let store = Store::open(DatabaseUrl::parse(&url).unwrap(), Arc::new(SystemClock));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let now = SystemClock.now();
            for first in (0..keys).step_by(512) {
                let create = |number| {
                    let (store, new) = (store.clone(), key(number, now));
                    tokio::spawn(async move { store.key_create(new).await.unwrap() })
                };
                let all: Vec<_> = (first..keys.min(first + 512)).map(create).collect();
                for one in all {
                    one.await.unwrap();
                }
            }
        });
        let key = secret(0).expose().to_owned();
        Self {
            url,
            key,
            _dir: dir,
        }
    }
}

fn secret(number: u64) -> Secret {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Secret::from_random(bytes)
}

fn key(number: u64, now: DateTime<Utc>) -> NewKey {
    let secret = secret(number);
    NewKey {
        digest: secret.digest(),
        key: Key {
            id: Uuid::now_v7().to_string(),
            // As long as a did:plc is.
            did: format!("did:plc:{:024}", number / 10),
            name: format!("key {number}"),
            prefix: secret.prefix().to_owned(),
            created_at: now,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
        },
    }
}

/// What a loop does that inserts a row and waits for the sync, on the same disk.
pub(crate) fn plain_inserts_a_second() -> f64 {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("plain.sqlite");
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    let setup = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;";
    connection.batch_execute(setup).unwrap();
    let start = Instant::now();
    let mut rows = 0.0;
    while start.elapsed().as_secs_f64() < 5.0 {
        diesel::sql_query(
            "INSERT INTO rows (text) VALUES ('a row as long as a key is, about two hundred bytes')",
        )
        .execute(&mut connection)
        .unwrap();
        rows += 1.0;
    }
    rows / start.elapsed().as_secs_f64()
}
