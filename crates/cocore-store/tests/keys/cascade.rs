//! Revoking a key, alone or with all that descend from it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cocore_keys::{KeyStore, Keys, Lineage, SystemClock, SystemRandom};
use cocore_store::Store;

use crate::common::{
    ALICE, BOB, TestDatabase, delete, id, key, listed, migrate, owner, revoke, time,
};

/// Revokes a key with its descendants, and returns the names of those that were not revoked before.
async fn cascade(store: &Store, did: &'static str, start: &str) -> String {
    let start = id(start);
    let revoked = store
        .key_change(move |transaction| transaction.revoke(did, &start, true, time(9)))
        .await;
    // The first byte of an id is the letter.
    let letters = revoked
        .unwrap()
        .into_iter()
        .map(|key| char::from(u8::from_str_radix(&key.id[..2], 16).unwrap()));
    let mut letters: Vec<_> = letters.collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}

/// Inserts keys, each with its parent and the key that it replaces.
async fn family(store: &Store) {
    for (name, parent, replaces) in [
        ("a", None, None),
        ("b", Some("a"), None),
        ("c", Some("a"), None),
        ("d", Some("b"), None),
        ("e", Some("c"), None),
        // The owner replaces `b`; `c` replaces itself.
        ("f", Some("a"), Some("b")),
        ("g", Some("c"), Some("c")),
        ("h", Some("g"), None),
        ("z", None, None),
    ] {
        let mut new = key(ALICE, name, 1);
        new.active.expires_at = None;
        new.lineage = Lineage {
            parent: parent.map(id),
            inherited_parents: Vec::new(),
            replaces: replaces.map(id),
        };
        let inserted = store.key_change(move |transaction| transaction.insert(&new));
        inserted.await.unwrap();
    }
}

#[tokio::test]
async fn a_cascade_reaches_what_descends_and_nothing_else() {
    for (start, expected) in [
        ("a", "abcdefgh"),
        ("b", "bd"),
        ("c", "cegh"),
        ("d", "d"),
        ("f", "bdf"),
        ("g", "cegh"),
        ("h", "h"),
        ("z", "z"),
        ("?", ""),
        ("'; --", ""),
    ] {
        // With the start as it is, revoked before, or deleted.
        for state in ["active", "revoked", "deleted"] {
            for database in TestDatabase::all() {
                let store = database.open();
                family(&store).await;
                let is_there = match state {
                    "revoked" => revoke(&store, ALICE, &id(start), 5).await,
                    "deleted" => delete(&store, ALICE, &id(start)).await,
                    _ => false,
                };
                let expected: String = expected
                    .chars()
                    .filter(|name| !is_there || !start.starts_with(*name))
                    .collect();
                assert_eq!(cascade(&store, BOB, start).await, "", "{start} of another");
                let revoked = cascade(&store, ALICE, start).await;
                assert_eq!(revoked, expected, "{start} {state}");
                assert_eq!(cascade(&store, ALICE, start).await, "", "{start} again");
                for stored in store.key_list(ALICE).await.unwrap() {
                    let letter = char::from(u8::from_str_radix(&stored.key.id[..2], 16).unwrap());
                    let at = match (expected.contains(letter), start.starts_with(letter)) {
                        (true, _) => Some(time(9)),
                        (false, true) if is_there => Some(time(5)),
                        (false, _) => None,
                    };
                    assert_eq!(stored.key.revoked_at, at, "{letter} from {start} {state}");
                    let active = store.key_by_digest(stored.digest).await.unwrap();
                    assert_eq!(active.is_some(), at.is_none());
                }
                store.close().await;
            }
        }
    }
}

#[tokio::test]
async fn without_cascade_one_key_is_revoked() {
    for database in TestDatabase::all() {
        let store = database.open();
        family(&store).await;
        assert!(revoke(&store, ALICE, &id("a"), 5).await);
        let keys = listed(&store, ALICE).await;
        let revoked = keys.iter().filter(|key| key.revoked_at.is_some());
        let revoked: Vec<_> = revoked.map(|key| &key.id[..]).collect();
        assert_eq!(revoked, [id("a")]);
        store.close().await;
    }
}

/// Inserts keys, each with the key as its parent that an expression of `i` names.
fn insert_many(database: &TestDatabase, count: usize, parent: &str) {
    let digest = database.digest_of("i");
    let number = |i: &str| match database {
        TestDatabase::Sqlite(_) => format!("printf('00000000-0000-7000-8000-%012x', {i})"),
        TestDatabase::Postgres(_) => {
            format!("'00000000-0000-7000-8000-' || lpad(to_hex({i}), 12, '0')")
        }
    };
    let (own, parent) = (number("i"), number(parent));
    let numbers = format!(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    );
    database.sql(&format!(
        "{numbers} INSERT INTO keys (id, did, name, prefix, hash, created_at)
        SELECT {own}, '{ALICE}', 'key ' || i, 'cocore-AAAAAAAA', {digest}, i FROM n;
        {numbers} INSERT INTO key_lineage (did, ancestor, descendant)
        SELECT '{ALICE}', {parent}, {own} FROM n WHERE i > 0;
        {numbers} INSERT INTO key_answers (request, body, sealed, key_id, expires_at)
        SELECT {digest}, {digest}, {digest}, {own}, 1 FROM n"
    ));
}

/// 10,000 descendants of a key, wide, or each of the one before, are revoked with their events while a caller waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_cascade_over_10_000_keys_is_one_short_transaction() {
    const COUNT: usize = 10_000;
    for parent in ["0", "(i - 1) / 3", "i - 1"] {
        for database in TestDatabase::all() {
            let store = database.open();
            migrate(&store).unwrap();
            insert_many(&database, COUNT, parent);
            let keys = Keys::new(store.clone(), Arc::new(SystemClock), Arc::new(SystemRandom));
            keys.subscribe().await.unwrap();
            assert_eq!(keys.count_in_memory(), COUNT + 1);
            let start = "00000000-0000-7000-8000-000000000000";
            let begun = Instant::now();
            let revoked = keys.revoke(&owner(ALICE), start, true).await.unwrap();
            let taken = begun.elapsed();
            assert_eq!((revoked.len(), &revoked[0][..]), (COUNT + 1, start));
            assert_eq!(keys.count_in_memory(), 0);
            assert_eq!(database.rows("key_events"), COUNT + 1);
            assert_eq!(database.rows("key_answers"), 0);
            // Other changes wait meanwhile.
            assert!(taken < Duration::from_secs(5), "{parent}: {taken:?}");
            store.close().await;
        }
    }
}
