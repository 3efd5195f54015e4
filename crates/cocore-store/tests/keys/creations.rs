//! Keys that are created by others, many of them in one transaction: each only if its creator is as it was when the
//! caller was authenticated.

use std::sync::Arc;

use cocore_keys::{
    Access, Caller, CallerCredential, CreateRequest, Creation, Creator, Grant, KeyError, KeyName,
    KeyStore, Keys, Models, Scopes, SystemClock, SystemRandom,
};
use cocore_store::Store;

use crate::common::{
    ALICE, BOB, TestDatabase, create, creation, delete, id, key, key_id, listed, owner, revoke,
    time,
};

/// When the creators were authenticated, and what they had.
fn grant() -> Grant {
    let scopes = Scopes::parse("repo:com.example.note rpc:com.example.read?aud=*").unwrap();
    let models = Models::parse(["a", "b"]).unwrap();
    Grant {
        access: Access::new(Some(scopes), Some(models)),
        expires_at: Some(time(100)),
    }
}

/// What happens to creators before they create a key.
const CHANGES: [(&str, bool); 12] = [
    ("good", true),
    ("renamed", true),
    ("another good", true),
    ("narrowed", false),
    ("all scopes", false),
    ("models", false),
    ("all models", false),
    ("expires early", false),
    ("expires late", false),
    ("revoked", false),
    ("deleted", false),
    ("of another", false),
];

async fn change(store: &Store, database: &TestDatabase, name: &str) {
    let set = match name {
        "renamed" => "name = 'another', note = 'n', last_used_at = 5",
        "narrowed" => "scopes = 'repo:com.example.note'",
        "all scopes" => "scopes = NULL",
        "models" => "models = 'a'",
        "all models" => "models = NULL",
        "expires early" => "expires_at = 99",
        "expires late" => "expires_at = NULL",
        "of another" => "did = 'did:web:bob.example'",
        "revoked" => {
            assert!(revoke(store, ALICE, &id(name), 5).await);
            return;
        }
        "deleted" => {
            assert!(delete(store, ALICE, &id(name)).await);
            return;
        }
        _ => return,
    };
    database.sql(&format!("UPDATE keys SET {set} WHERE id = '{}'", id(name)));
}

/// A key that another one creates at a time.
fn created_by(name: &str, creator: &str, at: i64) -> Creation {
    let mut new = key(ALICE, name, at);
    new.active.expires_at = Some(time(100));
    new.lineage.parent = Some(id(creator));
    Creation {
        creator: Some(Creator {
            id: key_id(creator),
            grant: grant(),
        }),
        ..creation(new)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_stored_only_if_its_creator_is_as_it_was() {
    const OF_EACH: usize = 10;
    for database in TestDatabase::all() {
        let store = database.open();
        for (name, _) in CHANGES {
            let mut new = key(ALICE, name, 1);
            new.active.access = grant().access;
            new.active.expires_at = grant().expires_at;
            create(&store, new).await.unwrap();
        }
        for (name, _) in CHANGES {
            change(&store, &database, name).await;
        }
        let (keys, events) = (database.rows("keys"), database.rows("key_events"));
        let before = store.statistics();
        let mut tasks = Vec::new();
        for number in 0..OF_EACH {
            for (nth, (creator, is_stored)) in CHANGES.into_iter().enumerate() {
                let new = created_by(&format!("{nth} {number}"), creator, 50);
                let store = store.clone();
                let task = tokio::spawn(async move { store.key_create(new).await });
                tasks.push((creator, is_stored, task));
            }
            // A key of the owner, and one whose digest exists.
            let mut same = key(ALICE, &format!("same {number}"), 50);
            same.active.digest = key(ALICE, "good", 1).active.digest;
            for (name, new) in [
                ("owner", key(ALICE, &format!("o {number}"), 50)),
                ("same digest", same),
            ] {
                let store = store.clone();
                let task = tokio::spawn(async move { create(&store, new).await });
                tasks.push((name, name == "owner", task));
            }
        }
        for (creator, is_stored, task) in tasks {
            match task.await.unwrap() {
                Ok(stored) => assert_eq!(stored, is_stored, "{creator}"),
                Err(error) => assert_eq!(creator, "same digest", "{error}"),
            }
        }
        let after = store.statistics();
        let batches = after.committed_batches - before.committed_batches;
        assert!(batches < 14 * OF_EACH as u64, "none shared a transaction");
        // Three good creators, and the owner.
        assert_eq!(database.rows("keys"), keys + 4 * OF_EACH);
        assert_eq!(database.rows("key_events"), events + 4 * OF_EACH);
        assert_eq!(database.rows("key_lineage"), 3 * OF_EACH);
        for key in listed(&store, ALICE).await {
            if let Some(parent) = &key.parent {
                let of = |name: &str| *parent == id(name);
                assert!(CHANGES.iter().any(|(name, good)| *good && of(name)));
            }
        }
        store.close().await;
    }
}

/// A creator has to be active at the time of the creation.
#[tokio::test]
async fn a_creator_that_expires_creates_nothing_from_then_on() {
    for database in TestDatabase::all() {
        let store = database.open();
        let mut new = key(ALICE, "creator", 1);
        new.active.access = grant().access;
        new.active.expires_at = grant().expires_at;
        create(&store, new).await.unwrap();
        for (at, is_stored) in [(99, true), (100, false), (101, false)] {
            let creation = created_by(&format!("k{at}"), "creator", at);
            assert_eq!(store.key_create(creation).await.unwrap(), is_stored, "{at}");
        }
        // The account of a key is that of its creator.
        let mut foreign = created_by("foreign", "creator", 50);
        foreign.key.active.did = crate::common::account(BOB);
        assert!(!store.key_create(foreign).await.unwrap());
        assert_eq!(database.rows("keys"), 2);
        store.close().await;
    }
}

fn service(store: Store) -> Arc<Keys<Store>> {
    let keys = Keys::new(store, Arc::new(SystemClock), Arc::new(SystemRandom));
    Arc::new(keys)
}

/// A key that creates others while it is revoked with its descendants leaves none of them active, on one server or on
/// two.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_created_by_a_key_that_a_cascade_is_just_ending() {
    for database in TestDatabase::all() {
        for round in 0..5_i64 {
            let stores = match &database {
                TestDatabase::Sqlite(_) => vec![database.open()],
                TestDatabase::Postgres(_) => vec![database.open(), database.open()],
            };
            let creator = format!("creator {round}");
            let mut new = key(ALICE, &creator, round);
            new.active.expires_at = None;
            create(&stores[0], new).await.unwrap();
            let caller = Caller {
                credential: CallerCredential::ApiKey {
                    id: key_id(&creator),
                    grant: Grant::default(),
                },
                ..owner(ALICE)
            };
            let services: Vec<_> = stores.iter().cloned().map(service).collect();
            let tasks: Vec<_> = (0..100)
                .map(|number| {
                    let keys = services[number % services.len()].clone();
                    let caller = caller.clone();
                    let request = CreateRequest::named(KeyName::parse("n").unwrap());
                    tokio::spawn(async move { keys.create(&caller, request, None).await })
                })
                .collect();
            let last = services.last().unwrap();
            let revoked = last.revoke(&owner(ALICE), &id(&creator), true).await;
            let revoked = revoked.unwrap();
            let mut created = 0;
            for task in tasks {
                match task.await.unwrap() {
                    Ok(_) => created += 1,
                    Err(KeyError::CallerEnded) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!(revoked.len(), created + 1);
            let keys = listed(&stores[0], ALICE).await;
            assert!(keys.iter().all(|key| key.revoked_at.is_some()));
            for store in stores {
                store.close().await;
            }
        }
    }
}
