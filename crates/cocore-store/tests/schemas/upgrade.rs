//! The migration of a database whose keys have no scopes, and the way back.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cocore_keys::{Keys, SystemClock, SystemRandom};

use super::earlier;
use crate::common::{ALICE, TestDatabase, id, migrate, secret, time};

/// How many keys the database has.
fn count() -> usize {
    match std::env::var("COCORE_UPGRADE_KEYS") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => 10_000,
    }
}

/// Fills the table `api_keys`.
fn fill(database: &TestDatabase, count: usize) {
    let digest = database.digest_of("i");
    let id = match database {
        TestDatabase::Sqlite(_) => "printf('00000000-0000-7000-8000-%012x', i)",
        TestDatabase::Postgres(_) => "'00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0')",
    };
    database.sql(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
        INSERT INTO api_keys (id, did, name, prefix, hash, created_at)
        SELECT {id}, 'did:web:a' || (i / 10) || '.example', 'key ' || i, 'cocore-AAAAAAAA', {digest}, i FROM n"
    ));
}

/// Returns columns, indexes and constraints, in an order.
fn schema(database: &TestDatabase) -> String {
    database.text(match database {
        TestDatabase::Sqlite(_) => {
            "SELECT group_concat(line, char(10)) AS value FROM (
                SELECT t.name || ' ' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk AS line
                FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'
                UNION ALL
                SELECT t.name || ' ' || i.name || ' ' || i.\"unique\" || ' ' || c.seqno || ' ' || c.name || ' ' || c.desc
                FROM sqlite_schema AS t, pragma_index_list(t.name) AS i, pragma_index_xinfo(i.name) AS c
                WHERE t.type = 'table' AND c.name IS NOT NULL
                ORDER BY line)"
        }
        TestDatabase::Postgres(_) => {
            "SELECT string_agg(line, chr(10)) AS value FROM (
                SELECT concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable) AS line
                FROM information_schema.columns WHERE table_schema = 'public'
                UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
                UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
                FROM pg_constraint WHERE connamespace = 'public'::regnamespace
                ORDER BY line) AS lines"
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_the_previous_schema_keep_what_they_may_do() {
    let count = count();
    for database in TestDatabase::all() {
        earlier::create(&database);
        for (name, expires_at, revoked_at) in [
            ("good", None, None),
            ("expired", Some(2), None),
            ("revoked", None, Some(3)),
        ] {
            earlier::insert(&database, "api_keys", name, expires_at, revoked_at);
        }
        fill(&database, count);
        let store = database.open();
        let begun = Instant::now();
        let applied = migrate(&store).unwrap().applied;
        let taken = begun.elapsed();
        let missing = earlier::missing(&database);
        let missing: Vec<_> = missing.iter().map(|dir| earlier::version(dir)).collect();
        assert_eq!(applied, missing);
        // A server is not ready meanwhile. A million keys may take that long on a slow disk.
        assert!(taken < Duration::from_secs(60), "{taken:?}");
        let keys = Keys::new(store.clone(), Arc::new(SystemClock), Arc::new(SystemRandom));
        // First each key is looked up, then all are in memory.
        for is_subscribed in [false, true] {
            if is_subscribed {
                keys.subscribe().await.unwrap();
                assert_eq!(keys.count_in_memory(), count + 1);
            }
            for (name, is_active) in [("good", true), ("expired", false), ("revoked", false)] {
                let verified = keys.verify(secret(name).expose()).await.unwrap();
                assert_eq!(verified.is_some(), is_active, "{name}");
                if let Some(verified) = verified {
                    assert!(verified.access.is_everything());
                }
            }
        }
        let listed = keys.list(ALICE).await.unwrap();
        let ids: Vec<_> = listed.iter().map(|key| key.id.clone()).collect();
        assert_eq!(ids, ["revoked", "good", "expired"].map(id));
        for key in listed {
            assert!(key.access.is_everything());
            let more = [key.note, key.parent, key.replaces, key.replaced_by];
            assert_eq!(more, [const { None }; 4]);
            assert_eq!(key.revoked_at, (key.name == "revoked").then(|| time(3)));
        }
        assert_eq!(database.rows("keys"), count + 3);
        store.close().await;
    }
}

/// A server of an earlier version must not find the tables on which it stands.
#[tokio::test]
async fn the_tables_of_the_previous_version_are_gone() {
    for database in TestDatabase::all() {
        earlier::create(&database);
        let store = database.open();
        migrate(&store).unwrap();
        let tables = match &database {
            TestDatabase::Sqlite(_) => "sqlite_schema WHERE type = 'table' AND name",
            TestDatabase::Postgres(_) => {
                "information_schema.tables WHERE table_schema = 'public' AND table_name"
            }
        };
        let earlier = "('api_keys', 'key_epoch', 'key_changes', 'key_servers')";
        assert_eq!(database.rows(&format!("{tables} IN {earlier}")), 0);
        store.close().await;
    }
}

#[tokio::test]
async fn the_way_back_restores_the_previous_schema() {
    for (earlier, database) in TestDatabase::all().into_iter().zip(TestDatabase::all()) {
        earlier::create(&earlier);
        earlier::create(&database);
        earlier::insert(&database, "api_keys", "kept", Some(5), None);
        let store = database.open();
        migrate(&store).unwrap();
        store.close().await;
        assert_ne!(schema(&database), schema(&earlier));
        for dir in earlier::missing(&database).iter().rev() {
            database.sql(&fs::read_to_string(dir.join("down.sql")).unwrap());
        }
        assert_eq!(schema(&database), schema(&earlier));
        let kept = "SELECT id || expires_at AS value FROM api_keys";
        assert_eq!(database.text(kept), format!("{}5", id("kept")));
    }
}
