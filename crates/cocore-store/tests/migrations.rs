//! Migrations of databases that earlier versions wrote.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use cocore_keys::KeyStore;
use cocore_store::Session;
use common::{TestDatabase, create, id, key, listed, migrate, time};

#[tokio::test]
async fn stored_oauth_tokens_are_deleted() {
    for database in TestDatabase::all() {
        let store = database.open();
        for kind in ["tokens", "client-key"] {
            let put = store.encrypted_put(kind, "x", vec![1], None);
            put.await.unwrap();
        }
        database.sql("DELETE FROM __diesel_schema_migrations WHERE version = '20261126100000'");
        let store = database.open();
        assert_eq!(migrate(&store).unwrap().applied, ["20261126100000"]);
        for (kind, left) in [("tokens", None), ("client-key", Some(vec![1]))] {
            let found = store.encrypted_take(kind, "x", time(0)).await.unwrap();
            assert_eq!(found, left, "{kind}");
        }
    }
}

#[tokio::test]
async fn dids_get_their_normal_form() {
    for database in TestDatabase::all() {
        let store = database.open();
        let dids = [
            ("did:web:Localhost%3a2583", "did:web:localhost%3A2583"),
            ("did:web:Alice.Example", "did:web:alice.example"),
            ("did:web:bob.example", "did:web:bob.example"),
            ("did:web:a.example:Path", "did:web:a.example:Path"),
            ("did:example:Alice%3a", "did:example:Alice%3a"),
        ];
        for (number, (old, _)) in (0..).zip(dids) {
            let id = number.to_string();
            create(&store, key(old, &id, 1)).await.unwrap();
            let session = Session {
                id,
                did: old.to_owned(),
                handle: None,
                browser: String::new(),
                address: String::new(),
                created_at: time(1),
                last_seen_at: time(1),
            };
            store.session_create([number; 32], session).await.unwrap();
        }
        store.close().await;
        let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let kind = if store.is_shared() {
            "postgres"
        } else {
            "sqlite"
        };
        let down = format!("{migrations}/{kind}/2026-11-27-000000_key_life/down.sql");
        database.sql(&fs::read_to_string(down).unwrap());
        let earlier = ["20261126000000", "20261127000000"];
        database.sql(&format!(
            "DELETE FROM __diesel_schema_migrations WHERE version IN ('{}')",
            earlier.join("', '")
        ));
        let store = database.open();
        assert_eq!(migrate(&store).unwrap().applied, earlier);
        for (number, (_, normal)) in (0..).zip(dids) {
            let keys = listed(&store, normal).await;
            let ids: Vec<_> = keys.iter().map(|key| &key.id[..]).collect();
            assert_eq!(ids, [id(&number.to_string())], "{normal}");
            let session = store.session_by_digest([number; 32]).await.unwrap();
            assert_eq!(session.unwrap().did, normal);
        }
    }
}

/// Row 33 of the list of attacks.
#[tokio::test]
async fn a_newer_schema_is_rejected() {
    for database in TestDatabase::all() {
        migrate(&database.open()).unwrap();
        database.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
        let error = database.open().ping().await.unwrap_err();
        assert!(error.is_permanent());
        assert!(error.to_string().contains("99990101000000"), "{error}");
    }
}

#[tokio::test]
async fn migrate_returns_what_it_applied() {
    for database in TestDatabase::all() {
        let first = migrate(&database.open()).unwrap();
        assert!(!first.applied.is_empty());
        let second = migrate(&database.open()).unwrap();
        assert_eq!(second.applied.len(), 0);
    }
}
