//! The sessions of the record proxy: one row for each account, and a lease for the refresh of its tokens.
#![allow(clippy::unwrap_used)]

mod common;

use chrono::TimeDelta;
use cocore_store::Store;
use common::{ALICE, BOB, TestDatabase, time};

const LEASE: TimeDelta = TimeDelta::seconds(30);

async fn put(store: &Store, did: &str, tokens: &[u8]) -> Option<Vec<u8>> {
    let put = store.proxy_session_put(did, tokens.to_vec(), "atproto repo:com.example.a", time(5));
    put.await.unwrap()
}

/// The version of a first session, which is stored at the fifth millisecond: that of a removed one is never used again.
const FIRST: i64 = 6;

async fn lease(store: &Store, version: i64, refresher: &str, now: i64) -> bool {
    let lease = store.proxy_session_lease(ALICE, version, refresher, time(now), LEASE);
    lease.await.unwrap()
}

async fn refreshed(store: &Store, refresher: &str, tokens: &[u8]) -> bool {
    let refreshed = store.proxy_session_refreshed(ALICE, refresher, tokens.to_vec(), "atproto");
    refreshed.await.unwrap()
}

#[tokio::test]
async fn a_session_is_replaced_used_and_removed() {
    for database in TestDatabase::all() {
        let store = database.open();
        assert_eq!(store.proxy_session(ALICE).await.unwrap(), None);
        assert_eq!(put(&store, ALICE, b"one").await, None);
        assert_eq!(put(&store, BOB, b"of bob").await, None);
        let first = store.proxy_session(ALICE).await.unwrap().unwrap();
        assert_eq!((&first.tokens[..], first.version), (&b"one"[..], FIRST));
        assert_eq!(first.scope, "atproto repo:com.example.a");
        assert_eq!((first.created_at, first.last_used_at), (time(5), None));
        for (at, expected) in [(20, 20), (10, 20), (30, 30)] {
            store.proxy_session_used(ALICE, time(at)).await.unwrap();
            let used = store.proxy_session(ALICE).await.unwrap().unwrap();
            assert_eq!(used.last_used_at, Some(time(expected)));
        }
        assert_eq!(put(&store, ALICE, b"two").await, Some(b"one".to_vec()));
        let second = store.proxy_session(ALICE).await.unwrap().unwrap();
        assert_eq!((second.version, second.last_used_at), (FIRST + 1, None));
        // A host has ended an earlier version.
        store.proxy_session_ended(ALICE, FIRST).await.unwrap();
        assert_eq!(store.proxy_session(ALICE).await.unwrap(), Some(second));
        let bob = store.proxy_session(BOB).await.unwrap().unwrap();
        store.proxy_session_ended(BOB, bob.version).await.unwrap();
        assert_eq!(store.proxy_session(BOB).await.unwrap(), None);
    }
}

#[tokio::test]
async fn one_of_all_servers_refreshes_a_session() {
    for database in TestDatabase::all() {
        let (store, another) = (database.open(), database.open());
        put(&store, ALICE, b"one").await;
        let (one, two) = tokio::join!(lease(&store, FIRST, "a", 0), lease(&another, FIRST, "b", 0));
        assert!(one != two, "one of several callers gets the lease");
        let (holder, other) = if one { ("a", "b") } else { ("b", "a") };
        assert!(!lease(&store, FIRST, "c", 0).await);
        assert!(!refreshed(&store, other, b"of another").await);
        assert!(refreshed(&store, holder, b"two").await);
        let session = another.proxy_session(ALICE).await.unwrap().unwrap();
        assert_eq!(
            (&session.tokens[..], session.version),
            (&b"two"[..], FIRST + 1)
        );
        assert_eq!(
            (&session.scope[..], session.created_at),
            ("atproto", time(5))
        );
        // The next refresh is one of the new version.
        assert!(!lease(&store, FIRST, "c", 0).await);
        assert!(lease(&store, FIRST + 1, "c", 0).await);
        store.proxy_session_release(ALICE, "d").await.unwrap();
        assert!(!lease(&another, FIRST + 1, "d", 0).await);
        store.proxy_session_release(ALICE, "c").await.unwrap();
        assert!(lease(&another, FIRST + 1, "d", 0).await);
        // Somebody connects again in the meantime.
        put(&store, ALICE, b"three").await;
        assert!(!refreshed(&another, "d", b"late").await);
        assert!(lease(&store, FIRST + 2, "e", 0).await);
        // That server has died.
        database.sql("UPDATE proxy_sessions SET refresh_until = 1");
        assert!(lease(&another, FIRST + 2, "f", 2).await);
        assert!(!refreshed(&store, "e", b"late").await);
        assert!(refreshed(&another, "f", b"four").await);
    }
}

#[tokio::test]
async fn a_session_that_nobody_uses_is_removed() {
    for database in TestDatabase::all() {
        let store = database.open();
        let day = 24 * 60 * 60 * 1000;
        for did in [ALICE, BOB] {
            put(&store, did, b"tokens").await;
        }
        store.proxy_session_used(BOB, time(day)).await.unwrap();
        let purge = async |now| store.purge(time(now), time(0), time(0)).await.unwrap();
        assert_eq!(purge(400 * day).await, 0);
        assert_eq!(purge(400 * day + 5).await, 1);
        assert!(store.proxy_session(BOB).await.unwrap().is_some());
        assert_eq!(purge(401 * day).await, 1);
    }
}
