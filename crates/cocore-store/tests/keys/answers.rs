//! Answers to requests that may be repeated.

use cocore_keys::{KeyStore, StoredAnswer};
use cocore_store::Store;

use crate::common::{ALICE, TestDatabase, create, delete, id, key, revoke, time};

fn answer(request: u8, key: &str, expires_at: i64) -> StoredAnswer {
    StoredAnswer {
        request: [request; 32],
        body: [request + 1; 32],
        sealed: vec![request, 0, 255],
        key_id: id(key),
        expires_at: time(expires_at),
    }
}

async fn remember(store: &Store, answer: StoredAnswer) {
    let stored = store.key_change(move |transaction| transaction.remember(&answer));
    stored.await.unwrap();
}

async fn recall(store: &Store, request: u8, now: i64) -> Option<StoredAnswer> {
    let found = store.key_change(move |transaction| transaction.answer(&[request; 32], time(now)));
    found.await.unwrap()
}

#[tokio::test]
async fn an_answer_is_found_until_it_expires() {
    for database in TestDatabase::all() {
        let store = database.open();
        remember(&store, answer(1, "a", 10)).await;
        remember(&store, answer(2, "b", 20)).await;
        assert_eq!(recall(&store, 1, 9).await, Some(answer(1, "a", 10)));
        assert_eq!(recall(&store, 1, 10).await, None);
        assert_eq!(recall(&store, 3, 0).await, None);
        // The same request, after its answer is expired.
        remember(&store, answer(1, "c", 30)).await;
        assert_eq!(recall(&store, 1, 10).await, Some(answer(1, "c", 30)));
        let purged = store.purge(time(20), time(0), time(0)).await.unwrap();
        assert_eq!((purged, database.rows("key_answers")), (1, 1));
        assert_eq!(recall(&store, 1, 20).await, Some(answer(1, "c", 30)));
        store.close().await;
    }
}

/// An answer contains the secret of a key, and does not outlive it.
#[tokio::test]
async fn the_answers_of_a_key_are_removed_with_it() {
    for database in TestDatabase::all() {
        let store = database.open();
        let names = [
            "revoked",
            "deleted",
            "ended",
            "forgotten",
            "cascade",
            "kept",
        ];
        for (number, name) in (0..).zip(names) {
            let mut new = key(ALICE, name, i64::from(number));
            new.active.expires_at = None;
            if name == "cascade" {
                new.lineage.parent = Some(id("parent"));
            }
            create(&store, new).await.unwrap();
            remember(&store, answer(number, name, 100)).await;
            remember(&store, answer(100 + number, name, 100)).await;
        }
        revoke(&store, ALICE, &id("revoked"), 5).await;
        delete(&store, ALICE, &id("deleted")).await;
        let forget = |name: &'static str| {
            store.key_change(move |transaction| transaction.forget_answers(&id(name)))
        };
        forget("forgotten").await.unwrap();
        let revoke_all = store
            .key_change(|transaction| transaction.revoke(ALICE, &id("parent"), true, time(5)))
            .await;
        assert_eq!(revoke_all.unwrap().len(), 1);
        // A key that another program has revoked, whose answers are left.
        let revoked = format!(
            "UPDATE keys SET revoked_at = 1 WHERE id = '{}'",
            id("ended")
        );
        database.sql(&revoked);
        for _ in 0..2 {
            let remove = store
                .key_change(|transaction| transaction.remove_oldest_ended(ALICE, time(50)))
                .await;
            assert!(remove.unwrap());
        }
        for (number, name) in (0..).zip(names) {
            for request in [number, 100 + number] {
                let found = recall(&store, request, 50).await;
                assert_eq!(found.is_some(), name == "kept", "{name}");
            }
        }
        store.close().await;
    }
}
