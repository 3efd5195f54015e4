//! Pages of an account's keys, by status and by text, the same on either kind of database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cocore_keys::{Key, KeyFilter, KeyName, KeyPosition, KeyStatus, KeyStore, NewKey};
use cocore_store::Store;

use crate::common::postgres::Cluster;
use crate::common::{ALICE, BOB, TestDatabase, create, id, key, revoke, secret, time};

/// Databases of both kinds, and PostgreSQL's with other rules for the case of letters.
fn databases() -> Vec<TestDatabase> {
    let mut databases = TestDatabase::all();
    if let Ok(cluster) = Cluster::shared() {
        for (name, locale) in [
            ("pages_c_utf8", "LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"),
            (
                "pages_turkish",
                "LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR' LOCALE 'C'",
            ),
        ] {
            cluster.sql("postgres", &format!("DROP DATABASE IF EXISTS {name}"));
            let create = format!("CREATE DATABASE {name} TEMPLATE template0 {locale}");
            // PostgreSQL may be built without ICU.
            if cluster.sql("postgres", &create) {
                databases.push(TestDatabase::Postgres(cluster.url(name)));
            }
        }
    }
    databases
}

/// Returns the keys of a filter, in pages.
async fn pages(store: &Store, did: &str, filter: &KeyFilter, limit: u16) -> Vec<Key> {
    let (mut keys, mut after) = (Vec::new(), None);
    loop {
        let page = store.key_list_page(did, filter.clone(), after, limit);
        let page = page.await.unwrap();
        assert!(page.len() <= usize::from(limit));
        let is_last = page.len() < usize::from(limit);
        keys.extend(page.into_iter().map(|stored| stored.key));
        if is_last {
            return keys;
        }
        after = keys.last().map(KeyPosition::from);
    }
}

fn text(text: &str) -> KeyFilter {
    KeyFilter {
        text: Some(text.to_owned()),
        status: None,
    }
}

fn named(number: i64, name: &str) -> NewKey {
    let mut new = key(ALICE, &format!("k{number:02}"), number);
    new.name = KeyName::parse(name).unwrap();
    new.prefix = format!("cocore-Ab_{number:05}");
    new
}

#[tokio::test]
async fn a_text_is_found_in_names_and_at_the_start_of_prefixes() {
    const NAMES: [&str; 12] = [
        "Laptop",
        "laptop of the cafe",
        "100% of it",
        "100 of it",
        "under_score",
        "underXscore",
        r"back\slash",
        "\u{c9}COLE",
        "\u{e9}cole",
        "I and i",
        "\u{130}stanbul \u{131}",
        "'; DROP TABLE keys; --",
    ];
    for database in databases() {
        let store = database.open();
        for (number, name) in (0..).zip(NAMES) {
            create(&store, named(number, name)).await.unwrap();
        }
        let mut foreign = key(BOB, "foreign", 1);
        foreign.name = KeyName::parse("Laptop").unwrap();
        create(&store, foreign).await.unwrap();
        let whole = secret("k").prefix().to_owned();
        for (part, expected) in [
            ("laptop", &[0, 1][..]),
            ("LAPTOP", &[0, 1]),
            ("top o", &[1]),
            ("%", &[2]),
            ("0%", &[2]),
            ("_", &[4]),
            ("r_s", &[4]),
            ("rxs", &[5]),
            ("\\", &[6]),
            (r"k\s", &[6]),
            (r"\%", &[]),
            ("%%", &[]),
            ("\u{c9}", &[7]),
            ("\u{e9}", &[8]),
            ("COLE", &[7, 8]),
            // Letters of Turkish, whose cases differ from those of ASCII.
            ("i AND I", &[9]),
            ("\u{130}STANBUL", &[10]),
            ("\u{131}", &[10]),
            ("STANBUL", &[10]),
            ("'; DROP", &[11]),
            // Prefixes are secrets' own letters: their case counts.
            ("cocore-Ab_00003", &[3]),
            ("cocore-ab_00003", &[]),
            ("cocore-Ab%", &[]),
            ("ocore-Ab", &[]),
            ("cocore-Ab_000030", &[]),
            ("cocore-Ab_0000", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
            ("", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
            ("nothing has this", &[]),
            ("lap\0top", &[]),
            ("\0", &[]),
            (&whole, &[]),
        ] {
            for limit in [1, 5, 100] {
                let found = pages(&store, ALICE, &text(part), limit).await;
                let mut found: Vec<_> = found.iter().map(|key| &key.name[..]).collect();
                found.reverse();
                let expected: Vec<_> = expected.iter().map(|number| NAMES[*number]).collect();
                assert_eq!(found, expected, "{part:?} in {}", database.url());
            }
        }
        // A text longer than any name or prefix is only not found.
        let long = "x".repeat(200_000);
        assert_eq!(pages(&store, ALICE, &text(&long), 5).await, []);
        store.close().await;
    }
}

#[tokio::test]
async fn a_status_is_that_of_the_time() {
    for database in TestDatabase::all() {
        let store = database.open();
        for (name, expires_at) in [
            ("a", None),
            ("b", Some(10)),
            ("c", Some(11)),
            ("d", Some(5)),
        ] {
            let mut new = key(ALICE, name, 1);
            new.active.expires_at = expires_at.map(time);
            create(&store, new).await.unwrap();
        }
        for name in ["e", "f"] {
            let mut new = key(ALICE, name, 1);
            new.active.expires_at = (name == "e").then(|| time(5));
            create(&store, new).await.unwrap();
            revoke(&store, ALICE, &id(name), 4).await;
        }
        for (status, at, expected) in [
            (KeyStatus::Active, 9, &["c", "b", "a"][..]),
            (KeyStatus::Active, 10, &["c", "a"]),
            (KeyStatus::Expired, 4, &[]),
            (KeyStatus::Expired, 10, &["d", "b"]),
            (KeyStatus::Revoked, 3, &["f", "e"]),
            (KeyStatus::Revoked, 10, &["f", "e"]),
        ] {
            let filter = KeyFilter {
                status: Some((status, time(at))),
                text: None,
            };
            for limit in [1, 2, 10] {
                let found = pages(&store, ALICE, &filter, limit).await;
                assert!(found.iter().all(|key| key.status(time(at)) == status));
                let found: Vec<_> = found.into_iter().map(|key| key.id).collect();
                let expected: Vec<_> = expected.iter().map(|name| id(name)).collect();
                assert_eq!(found, expected, "{status:?} at {at}");
            }
            // Together with a text.
            let both = KeyFilter {
                text: Some("OF F".to_owned()),
                ..filter
            };
            let found = pages(&store, ALICE, &both, 10).await;
            assert_eq!(found.len(), usize::from(status == KeyStatus::Revoked));
        }
        store.close().await;
    }
}

#[tokio::test]
async fn pages_are_in_the_order_of_the_list() {
    for database in TestDatabase::all() {
        let store = database.open();
        for number in 0..50_i64 {
            // Several of the same time.
            let new = key(ALICE, &format!("k{}", number * 37 % 50), number / 7);
            create(&store, new).await.unwrap();
            create(&store, key(BOB, &format!("b{number}"), number / 7))
                .await
                .unwrap();
        }
        let list = crate::common::listed(&store, ALICE).await;
        assert_eq!(list.len(), 50);
        let order = |key: &Key| (key.created_at, key.id.clone());
        assert!(list.is_sorted_by(|one, next| order(one) > order(next)));
        for limit in [1, 7, 49, 50, 51] {
            assert_eq!(
                pages(&store, ALICE, &KeyFilter::default(), limit).await,
                list
            );
        }
        // A position is a place, not a key: it may be of a key that was deleted, or of none.
        for (at, id, expected) in [(99, "", 50), (-1, "", 0), (3, "", 21), (3, "~", 28)] {
            let after = KeyPosition {
                created_at: time(at),
                id: id.to_owned(),
            };
            let page = store.key_list_page(ALICE, KeyFilter::default(), Some(after), 100);
            assert_eq!(page.await.unwrap().len(), expected, "{at} {id}");
        }
        let page = store.key_list_page(ALICE, KeyFilter::default(), None, 0);
        assert_eq!(page.await.unwrap(), []);
        store.close().await;
    }
}

/// Whoever reads pages while keys are created sees each key that existed before once, in the same order.
#[tokio::test(flavor = "multi_thread")]
async fn pages_are_stable_while_keys_are_created() {
    for database in TestDatabase::all() {
        let store = database.open();
        for number in 0..60_i64 {
            create(&store, key(ALICE, &format!("k{number:02}"), number))
                .await
                .unwrap();
        }
        let before = crate::common::listed(&store, ALICE).await;
        let is_over = Arc::new(AtomicBool::new(false));
        let writer = {
            let (store, is_over) = (store.clone(), is_over.clone());
            tokio::spawn(async move {
                let mut number = 60;
                while !is_over.load(Ordering::Relaxed) {
                    create(&store, key(ALICE, &format!("n{number}"), number))
                        .await
                        .unwrap();
                    number += 1;
                }
                number
            })
        };
        while crate::common::listed(&store, ALICE).await.len() == before.len() {}
        for limit in [1, 7] {
            let mut keys = pages(&store, ALICE, &KeyFilter::default(), limit).await;
            keys.retain(|key| key.created_at < time(60));
            assert_eq!(keys, before);
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(writer.await.unwrap() > 60);
        store.close().await;
    }
}
