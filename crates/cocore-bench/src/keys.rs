//! Databases to measure with.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use cocore_keys::{Clock, Key, KeyStore, NewKey, Secret, SystemClock};
use cocore_store::{DatabaseUrl, Store};
use diesel::connection::SimpleConnection;
use diesel::{Connection, ExpressionMethods, RunQueryDsl, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// A key that nobody has.
pub(crate) const UNKNOWN: &str = "cocore-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

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

diesel::table! {
    api_keys (id) {
        id -> Text,
        did -> Text,
        name -> Text,
        prefix -> Text,
        hash -> Binary,
        created_at -> BigInt,
    }
}

/// What a loop does that inserts a key's row into an SQLite file and waits for the sync.
pub(crate) fn plain_inserts_a_second(file: &str) -> f64 {
    let mut connection = SqliteConnection::establish(file).unwrap();
    let setup = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
    connection.batch_execute(setup).unwrap();
    let now = SystemClock.now();
    let start = Instant::now();
    let mut rows = 0;
    while start.elapsed().as_secs_f64() < 5.0 {
        let new = key(rows, now);
        diesel::insert_into(api_keys::table)
            .values((
                api_keys::id.eq(&new.key.id),
                api_keys::did.eq(&new.key.did),
                api_keys::name.eq(&new.key.name),
                api_keys::prefix.eq(&new.key.prefix),
                api_keys::hash.eq(&new.digest.as_bytes()[..]),
                api_keys::created_at.eq(new.key.created_at.timestamp_millis()),
            ))
            .execute(&mut connection)
            .unwrap();
        rows += 1;
    }
    rows as f64 / start.elapsed().as_secs_f64()
}
