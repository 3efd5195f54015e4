//! What PostgreSQL reads for a query: rows of an index, however many keys other accounts have. The plans of SQLite are
//! checked beside the queries.

use cocore_keys::{KeyFilter, KeyPosition, KeyStatus, KeyStore};

use crate::common::{ALICE, TestDatabase, id, key, migrate, time};

/// How many keys other accounts have, each with a row of lineage and an event.
const OTHERS: usize = 100_000;

/// Returns how many rows were read from tables without an index.
fn read_without_index(database: &TestDatabase) -> u64 {
    let sum = "SELECT CAST(sum(seq_tup_read) AS TEXT) AS value FROM pg_stat_user_tables
        WHERE relname IN ('keys', 'key_lineage', 'key_events')";
    database.text(sum).parse().unwrap()
}

#[tokio::test]
async fn what_is_read_does_not_depend_on_other_accounts() {
    for database in TestDatabase::all() {
        let store = database.open();
        if !store.is_shared() {
            continue;
        }
        migrate(&store).unwrap();
        let digest = database.digest_of("i");
        let numbers = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OTHERS})"
        );
        database.sql(&format!(
            "{numbers} INSERT INTO keys (id, did, name, prefix, hash, created_at)
            SELECT 'k' || i, 'did:web:' || i / 10, 'key', 'cocore-AAAAAAAA', {digest}, i FROM n;
            {numbers} INSERT INTO key_lineage (did, ancestor, descendant)
            SELECT 'did:web:' || i / 10, 'k' || i / 2, 'k' || i FROM n;
            {numbers} INSERT INTO key_events (at, kind, did, key_id, credential)
            SELECT i, 'created', 'did:web:' || i / 10, 'k' || i, 'session' FROM n"
        ));
        database.sql("ANALYZE");
        let before = read_without_index(&database);
        let store = database.open();
        // Enough for plans that are made for any values.
        for number in 0..10_i64 {
            let mut new = key(ALICE, &format!("k{number}"), number);
            new.active.expires_at = None;
            new.lineage.parent = (number > 0).then(|| id(&format!("k{}", number - 1)));
            crate::common::create(&store, new).await.unwrap();
            for status in [None, Some(KeyStatus::Active), Some(KeyStatus::Expired)] {
                let filter = KeyFilter {
                    status: status.map(|status| (status, time(5))),
                    text: (number % 2 == 0).then(|| "name".to_owned()),
                };
                let after = KeyPosition {
                    created_at: time(number),
                    id: id("z"),
                };
                for after in [None, Some(after)] {
                    let page = store.key_list_page(ALICE, filter.clone(), after, 50);
                    page.await.unwrap();
                }
            }
            for key in [None, Some(id("k0"))] {
                let events = store.key_events(ALICE, key.as_deref(), None, 50);
                assert!(!events.await.unwrap().is_empty());
            }
            store.key_find(ALICE, &id("k0")).await.unwrap();
            let statements = store.key_change(move |transaction| {
                transaction.count(ALICE, time(5))?;
                transaction.remove_oldest_ended(ALICE, time(5))?;
                transaction.is_descendant(ALICE, &id(&format!("k{number}")), &id("k0"))
            });
            assert_eq!(statements.await.unwrap(), number > 0);
        }
        for number in (0..10).rev() {
            let name = format!("k{number}");
            let statements = store.key_change(move |transaction| {
                transaction.revoke(ALICE, &id(&name), true, time(9))?;
                transaction.delete(ALICE, &id(&name))
            });
            assert!(statements.await.unwrap());
        }
        // Connections report what they have read when they end.
        store.close().await;
        let read = read_without_index(&database) - before;
        assert_eq!(read, 0, "rows without an index");
    }
}
