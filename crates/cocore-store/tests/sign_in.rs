//! What the store keeps beside keys: used tokens, encrypted values, login links and sessions.
#![allow(clippy::unwrap_used)]

mod common;

use chrono::{DateTime, Utc};
use cocore_store::Session;
use common::{ALICE, BOB, TestDatabase, time};

/// Row 16 of the list of attacks.
#[tokio::test]
async fn a_token_is_accepted_once_until_it_expires() {
    for database in TestDatabase::all() {
        let (store, another) = (database.open(), database.open());
        assert!(store.token_seen_first([1; 32], time(10)).await.unwrap());
        assert!(!another.token_seen_first([1; 32], time(10)).await.unwrap());
        assert!(another.token_seen_first([2; 32], time(20)).await.unwrap());
        let removed = store.purge_seen_tokens(time(10)).await.unwrap();
        assert_eq!(removed, 1);
        assert!(store.token_seen_first([1; 32], time(30)).await.unwrap());
        assert!(!store.token_seen_first([2; 32], time(30)).await.unwrap());
    }
}

#[tokio::test]
async fn an_encrypted_value_is_replaced_kept_taken_or_expired() {
    for database in TestDatabase::all() {
        let store = database.open();
        let (old, new) = (b"old".to_vec(), b"new".to_vec());
        let put = async |value: &Vec<u8>, until| {
            let put = store.encrypted_put("a", "x", value.clone(), until);
            put.await.unwrap();
        };
        let keep = async |name| {
            let kept = store.encrypted_get_or_insert("a", name, new.clone());
            kept.await.unwrap()
        };
        let take = async |now| store.encrypted_take("a", "x", time(now)).await.unwrap();
        put(&old, None).await;
        assert_eq!((keep("x").await, keep("y").await), (old, new.clone()));
        put(&new, Some(time(10))).await;
        assert_eq!(take(9).await, Some(new.clone()));
        assert_eq!(take(9).await, None, "taken");
        put(&new, Some(time(10))).await;
        assert_eq!(take(10).await, None, "expired");
        assert_eq!(take(9).await, None, "an expired value is removed, too");
        put(&new, Some(time(10))).await;
        let purge = async |now| store.purge(time(now), time(0), time(0)).await.unwrap();
        assert_eq!((purge(9).await, purge(10).await), (0, 1));
        assert_eq!(keep("y").await, new);
        let take_y = || store.encrypted_take("a", "y", time(0));
        let (one, two) = tokio::join!(take_y(), take_y());
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(
            one.is_some() != two.is_some(),
            "one of several callers gets it"
        );
    }
}

#[tokio::test]
async fn a_login_link_is_taken_once_and_expires() {
    for database in TestDatabase::all() {
        let store = database.open();
        let create = async |digest| {
            let create = store.login_link_create([digest; 32], ALICE, time(10));
            create.await.unwrap();
        };
        let take = async |digest, now| {
            let taken = store.login_link_take([digest; 32], time(now));
            taken.await.unwrap()
        };
        create(1).await;
        assert_eq!(take(2, 9).await, None);
        let (one, two) = tokio::join!(take(1, 9), take(1, 9));
        assert_eq!(one.xor(two).as_deref(), Some(ALICE), "one caller gets it");
        create(1).await;
        assert_eq!(take(1, 10).await, None, "expired");
        create(1).await;
        let purge = async |now| store.purge(time(now), time(0), time(0)).await.unwrap();
        assert_eq!((purge(9).await, purge(10).await), (0, 1));
        assert_eq!(take(1, 9).await, None);
    }
}

#[tokio::test]
async fn sessions_are_created_used_and_revoked() {
    let session = |id: &str, at| Session {
        id: id.to_owned(),
        did: ALICE.to_owned(),
        handle: Some("alice.test".to_owned()),
        browser: "Firefox".to_owned(),
        address: "::1".to_owned(),
        created_at: time(at),
        last_seen_at: time(at),
    };
    let ids = |sessions: Vec<Session>| -> Vec<String> {
        sessions.into_iter().map(|session| session.id).collect()
    };
    for database in TestDatabase::all() {
        let store = database.open();
        for (number, id) in ["a", "b", "c"].into_iter().enumerate() {
            let digest = [u8::try_from(number).unwrap(); 32];
            let begun = store.session_create(digest, session(id, 1));
            begun.await.unwrap();
        }
        let found = store.session_by_digest([1; 32]).await.unwrap();
        assert_eq!(found, Some(session("b", 1)));
        assert_eq!(store.session_by_digest([9; 32]).await.unwrap(), None);
        store.session_seen("b", time(5)).await.unwrap();
        store.session_seen("b", time(3)).await.unwrap();
        let listed = store.session_list(ALICE).await.unwrap();
        assert_eq!(listed[0].last_seen_at, time(5));
        assert_eq!(ids(listed), ["b", "c", "a"]);
        assert_eq!(store.session_end(BOB, Some("a")).await.unwrap(), 0);
        assert_eq!(store.session_end(ALICE, Some("a")).await.unwrap(), 1);
        let unseen_since: DateTime<Utc> = time(1);
        assert_eq!(
            store.purge(time(0), time(0), unseen_since).await.unwrap(),
            1
        );
        assert_eq!(ids(store.session_list(ALICE).await.unwrap()), ["b"]);
        assert_eq!(store.session_end(ALICE, None).await.unwrap(), 1);
    }
}
