//! How many keys an account may have, while it creates many at once.

use std::num::NonZeroU32;
use std::sync::Arc;

use cocore_keys::{
    CreateRequest, KeyError, KeyName, KeyStore, Keys, Quota, SystemClock, SystemRandom,
};
use cocore_store::Store;

use crate::common::{ALICE, BOB, TestDatabase, create, id, key, listed, owner, revoke, time};

/// How many keys are created at once.
const ATTEMPTS: usize = 1000;
const MAX: u32 = 10;

/// Creates keys at once on several servers, and returns how many were created. The others were too many.
async fn create_many(stores: &[Store], quota: Quota) -> usize {
    let service = |store: &Store| {
        let keys = Keys::new(store.clone(), Arc::new(SystemClock), Arc::new(SystemRandom));
        Arc::new(keys.with_quota(quota))
    };
    let services: Vec<_> = stores.iter().map(service).collect();
    let tasks: Vec<_> = (0..ATTEMPTS)
        .map(|number| {
            let keys = services[number % services.len()].clone();
            let request = CreateRequest::named(KeyName::parse("n").unwrap());
            tokio::spawn(async move { keys.create(&owner(ALICE), request, None).await })
        })
        .collect();
    let mut created = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => created += 1,
            Err(error) => assert!(matches!(error, KeyError::QuotaExceeded(MAX)), "{error}"),
        }
    }
    created
}

/// Returns the stores of one server, and of two where they can share a database.
fn clusters(database: &TestDatabase) -> Vec<Vec<Store>> {
    match database {
        TestDatabase::Sqlite(_) => vec![vec![database.open()]],
        TestDatabase::Postgres(_) => {
            vec![
                vec![database.open()],
                vec![database.open(), database.open()],
            ]
        }
    }
}

/// Row 22 of the list of attacks.
#[tokio::test(flavor = "multi_thread")]
async fn of_1000_keys_at_once_one_is_created_where_one_more_may_be() {
    let quota = Quota {
        max_active: NonZeroU32::new(MAX),
        max_keys: None,
    };
    for database in TestDatabase::all() {
        for (round, stores) in clusters(&database).into_iter().enumerate() {
            let store = &stores[0];
            for number in 0..MAX {
                let mut new = key(ALICE, &format!("{round} {number}"), 1);
                new.active.expires_at = None;
                create(store, new).await.unwrap();
            }
            // Keys that have ended, and those of others, do not count.
            create(store, key(ALICE, &format!("expired {round}"), 1))
                .await
                .unwrap();
            let mut other = key(BOB, &format!("other {round}"), 1);
            other.active.expires_at = None;
            create(store, other).await.unwrap();
            assert!(revoke(store, ALICE, &id(&format!("{round} 0")), 2).await);

            assert_eq!(create_many(&stores, quota).await, 1);
            assert_eq!(create_many(&stores, quota).await, 0);
            let counts = store.key_change(|transaction| transaction.count(ALICE, time(5)));
            assert_eq!(counts.await.unwrap().active, MAX);
            database.sql("DELETE FROM keys; DELETE FROM key_events");
            for store in stores {
                store.close().await;
            }
        }
    }
}

/// At the number of keys in all, those that have ended make room, and active ones do not.
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_have_ended_make_room_and_others_do_not() {
    let quota = Quota {
        max_active: None,
        max_keys: NonZeroU32::new(MAX),
    };
    for database in TestDatabase::all() {
        for (round, stores) in clusters(&database).into_iter().enumerate() {
            let store = &stores[0];
            for number in 0..MAX {
                let mut new = key(ALICE, &format!("{round} {number}"), 1);
                new.active.expires_at = (number < 3).then(|| time(2));
                create(store, new).await.unwrap();
            }
            assert_eq!(create_many(&stores, quota).await, 3);
            let keys = listed(store, ALICE).await;
            assert_eq!(keys.len(), MAX as usize);
            assert!(keys.iter().all(|key| key.expires_at.is_none()));
            database.sql("DELETE FROM keys; DELETE FROM key_events");
            for store in stores {
                store.close().await;
            }
        }
    }
}
