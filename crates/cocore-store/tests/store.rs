//! The store on real databases: SQLite, and PostgreSQL where this is built with it.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;

use cocore_keys::{
    CreateRequest, Created, Key, KeyName, KeyStore, KeyUse, Keys, SystemClock, SystemRandom,
};
use cocore_store::Store;
use common::{
    ALICE, BOB, TestDatabase, create, delete, id, key, key_id, listed, owner, revoke, time,
};

#[tokio::test]
async fn a_stored_key_is_read_back() {
    for database in TestDatabase::all() {
        let store = database.open();
        assert!(!store.key_any().await.unwrap());
        let new = key(ALICE, "a", 1);
        assert!(create(&store, new.clone()).await.unwrap());
        assert!(store.key_any().await.unwrap());
        // Another process, or this one after a restart.
        for store in [store, database.open()] {
            assert_eq!(
                store.key_by_digest(new.active.digest).await.unwrap(),
                Some(new.active.clone())
            );
            assert_eq!(listed(&store, ALICE).await, [Key::from(new.clone())]);
        }
        let unknown = key(ALICE, "z", 1).active.digest;
        assert_eq!(database.open().key_by_digest(unknown).await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_list_is_complete_and_newest_first() {
    for database in TestDatabase::all() {
        let store = database.open();
        for (name, created_at) in [("b", 2), ("a", 2), ("d", 1), ("c", 3)] {
            let new = key(ALICE, name, created_at);
            create(&store, new).await.unwrap();
        }
        create(&store, key(BOB, "e", 9)).await.unwrap();
        let keys = store.key_list(ALICE).await.unwrap();
        let ids: Vec<_> = keys.iter().map(|stored| &stored.key.id[..]).collect();
        assert_eq!(ids, ["c", "b", "a", "d"].map(id));
    }
}

/// Rows 20 and 25 of the list of attacks.
#[tokio::test]
async fn only_the_owner_revokes_or_deletes_a_key() {
    for database in TestDatabase::all() {
        let store = database.open();
        create(&store, key(ALICE, "a", 1)).await.unwrap();
        assert!(!revoke(&store, BOB, &id("a"), 5).await);
        assert!(!revoke(&store, ALICE, &id("b"), 5).await);
        assert!(revoke(&store, ALICE, &id("a"), 5).await);
        assert!(!revoke(&store, ALICE, &id("a"), 6).await);
        assert_eq!(listed(&store, ALICE).await[0].revoked_at, Some(time(5)));
        let digest = key(ALICE, "a", 1).active.digest;
        assert_eq!(store.key_by_digest(digest).await.unwrap(), None);
        assert!(!delete(&store, BOB, &id("a")).await);
        assert!(delete(&store, ALICE, &id("a")).await);
        assert!(!delete(&store, ALICE, &id("a")).await);
        assert!(!revoke(&store, ALICE, &id("a"), 7).await);
    }
}

#[tokio::test]
async fn a_use_never_replaces_a_later_one() {
    for database in TestDatabase::all() {
        let store = database.open();
        create(&store, key(ALICE, "a", 1)).await.unwrap();
        for (at, expected) in [(0, 1), (10, 10), (20, 20), (15, 20)] {
            store
                .key_used(vec![KeyUse {
                    id: key_id("a"),
                    at: time(at),
                }])
                .await
                .unwrap();
            assert_eq!(
                listed(&store, ALICE).await[0].last_used_at,
                Some(time(expected))
            );
        }
        store
            .key_used(vec![KeyUse {
                id: key_id("no such key"),
                at: time(1),
            }])
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn texts_are_not_interpreted() {
    for database in TestDatabase::all() {
        let store = database.open();
        for id in [
            "",
            "'; DROP TABLE keys; --",
            "\u{1f511}",
            &"x".repeat(100_000),
        ] {
            assert!(!delete(&store, ALICE, id).await);
        }
        assert_eq!(listed(&store, "' OR 1=1 --").await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_processes_may_start_at_once() {
    for database in TestDatabase::all() {
        let started: Vec<_> = (0..8)
            .map(|number| {
                let store = database.open();
                tokio::spawn(async move {
                    let id = format!("k{number}");
                    create(&store, key(ALICE, &id, number)).await
                })
            })
            .collect();
        for start in started {
            start.await.unwrap().unwrap();
        }
        assert_eq!(database.open().key_list(ALICE).await.unwrap().len(), 8);
    }
}

#[tokio::test]
async fn a_digest_is_stored_once() {
    for database in TestDatabase::all() {
        let store = database.open();
        let first = key(ALICE, "a", 1);
        let mut second = key(BOB, "b", 1);
        second.active.digest = first.active.digest;
        create(&store, first).await.unwrap();
        let error = create(&store, second).await.unwrap_err();
        assert!(!error.to_string().contains(BOB), "{error}");
        assert_eq!(listed(&store, ALICE).await.len(), 1);
        assert_eq!(listed(&store, BOB).await.len(), 0);
    }
}

/// Concurrent writes share a transaction. One that fails does not affect the others.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_writes_succeed_or_fail_on_their_own() {
    for database in TestDatabase::all() {
        let store = database.open();
        let same = key(ALICE, "the same", 1);
        let tasks: Vec<_> = (0..200)
            .map(|number| {
                let (store, new) = (
                    store.clone(),
                    match number % 2 {
                        0 => key(ALICE, &format!("id {number}"), number),
                        _ => same.clone(),
                    },
                );
                tokio::spawn(async move { create(&store, new).await.is_ok() })
            })
            .collect();
        let mut made = 0;
        for task in tasks {
            made += usize::from(task.await.unwrap());
        }
        assert_eq!(made, 101);
        assert_eq!(store.key_list(ALICE).await.unwrap().len(), 101);
    }
}

/// Creates a key service on a store.
fn service(store: Store) -> Keys<Store> {
    Keys::new(store, Arc::new(SystemClock), Arc::new(SystemRandom))
}

/// Creates a key by the service, and returns its id and secret.
async fn issue(keys: &Keys<Store>) -> (String, String) {
    let request = CreateRequest::named(KeyName::parse("n").unwrap());
    match keys.create(&owner(ALICE), request, None).await.unwrap() {
        Created::New(key, secret) => (key.id, secret.expose().to_owned()),
        Created::Repeated(_) => panic!("no request was repeated"),
    }
}

/// Revokes a key by the service, and returns whether it was active.
async fn end(keys: &Keys<Store>, id: &str) -> bool {
    let revoked = keys.revoke(&owner(ALICE), id, false).await;
    revoked.unwrap() == [id]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_knows_existing_and_later_keys() {
    for database in TestDatabase::all() {
        let before = service(database.open());
        let (id, revoked) = issue(&before).await;
        assert!(end(&before, &id).await);
        let (_, good) = issue(&before).await;
        drop(before);

        let store = database.open();
        let keys = Arc::new(service(store.clone()));
        assert!(!keys.is_current());
        keys.subscribe().await.unwrap();
        assert!(keys.is_current());
        assert!(keys.verify(&good).await.unwrap().is_some());
        assert!(keys.verify(&revoked).await.unwrap().is_none());
        // Many at once: each call sees its own changes.
        let tasks: Vec<_> = (0..50)
            .map(|number| {
                let keys = keys.clone();
                tokio::spawn(async move {
                    let (id, secret) = issue(&keys).await;
                    assert!(keys.verify(&secret).await.unwrap().is_some());
                    match number % 3 {
                        0 => assert!(end(&keys, &id).await),
                        1 => assert!(keys.delete(&owner(ALICE), &id).await.unwrap()),
                        _ => return,
                    }
                    assert!(keys.verify(&secret).await.unwrap().is_none());
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        keys.write_uses().await.unwrap();
        let used = store.key_list(ALICE).await.unwrap().into_iter();
        let used = used.filter(|stored| stored.key.last_used_at.is_some());
        assert_eq!(used.count(), 1 + 50 - 17);
        store.close().await;
    }
}

/// Row 24 of the list of attacks.
/// A load does not bring back a key that is removed while it runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_removed_during_a_load_stays_removed() {
    for database in TestDatabase::all() {
        let keys = service(database.open());
        let mut created = Vec::new();
        for _ in 0..30 {
            created.push(issue(&keys).await);
        }
        let remove_all = async {
            for (number, (id, _)) in created.iter().enumerate() {
                let removed = match number % 2 {
                    0 => end(&keys, id).await,
                    _ => keys.delete(&owner(ALICE), id).await.unwrap(),
                };
                assert!(removed);
            }
        };
        let (subscribed, ()) = tokio::join!(keys.subscribe(), remove_all);
        subscribed.unwrap();
        for (_, secret) in &created {
            assert!(keys.verify(secret).await.unwrap().is_none());
        }
        let (_, later) = issue(&keys).await;
        assert!(keys.verify(&later).await.unwrap().is_some());
    }
}
