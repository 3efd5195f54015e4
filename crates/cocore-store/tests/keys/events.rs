//! The audit trail.

use cocore_keys::{
    CallerCredential, Creation, Creator, Event, EventCredential, EventKind, Grant, KeyStore, Origin,
};
use cocore_store::Store;

use crate::common::{
    ALICE, BOB, TestDatabase, create, delete, event, id, key, key_id, owner, time,
};

async fn record(store: &Store, event: Event) {
    let recorded = store.key_change(move |transaction| transaction.record(&event));
    recorded.await.unwrap();
}

/// Returns the events of an account, read in pages of two.
async fn pages(store: &Store, did: &str, key: Option<&str>) -> Vec<Event> {
    let (mut events, mut before) = (Vec::new(), None);
    loop {
        let page = store.key_events(did, key, before, 2).await.unwrap();
        let numbers: Vec<_> = page.iter().map(|stored| stored.number).collect();
        assert!(numbers.is_sorted_by(|one, next| one > next), "{numbers:?}");
        let Some(last) = numbers.last() else {
            return events;
        };
        assert!(before.is_none_or(|before| before > numbers[0]));
        before = Some(*last);
        events.extend(page.into_iter().map(|stored| stored.event));
    }
}

#[tokio::test]
async fn events_are_read_as_they_were_recorded_newest_first() {
    for database in TestDatabase::all() {
        let store = database.open();
        let all = Event {
            at: time(7),
            kind: EventKind::Updated,
            did: ALICE.to_owned(),
            key_id: id("a"),
            key_name: Some("\u{1f511} 'quoted'".to_owned()),
            credential: EventCredential::ServiceAuth,
            by_key: Some(id("b")),
            origin: Origin {
                address: Some("::1".to_owned()),
                user_agent: Some("curl/8".to_owned()),
                request_id: Some("r".to_owned()),
            },
        };
        let none = Event {
            key_name: None,
            by_key: None,
            origin: Origin::default(),
            credential: EventCredential::Operator,
            kind: EventKind::Rotated,
            key_id: id("b"),
            // The clock was set back: the order is that of the records.
            at: time(3),
            ..all.clone()
        };
        let foreign = event(BOB, EventKind::Revoked, &id("a"), 9);
        let kinds = [
            EventKind::Created,
            EventKind::Revoked,
            EventKind::Deleted,
            EventKind::Updated,
        ];
        let more = kinds.map(|kind| event(ALICE, kind, &id("b"), 10));
        let mut expected = vec![all, none];
        expected.extend(more);
        for event in expected.iter().chain([&foreign]) {
            record(&store, event.clone()).await;
        }
        expected.reverse();
        assert_eq!(pages(&store, ALICE, None).await, expected);
        assert_eq!(pages(&store, BOB, None).await, [foreign]);
        let (a, b): (Vec<_>, Vec<_>) = expected
            .into_iter()
            .partition(|event| event.key_id == id("a"));
        assert_eq!(pages(&store, ALICE, Some(&id("a"))).await, a);
        assert_eq!(pages(&store, ALICE, Some(&id("b"))).await, b);
        assert_eq!(pages(&store, ALICE, Some("no such key")).await, []);
        assert_eq!(store.key_events(ALICE, None, None, 0).await.unwrap(), []);
        store.close().await;
    }
}

/// Keys that are created at once with others have their events, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_created_key_has_its_event() {
    for database in TestDatabase::all() {
        let store = database.open();
        let mut parent = key(ALICE, "parent", 1);
        parent.active.expires_at = None;
        create(&store, parent.clone()).await.unwrap();
        let mut caller = owner(ALICE);
        caller.credential = CallerCredential::ApiKey {
            id: parent.active.id,
            grant: Grant::default(),
        };
        caller.origin = Origin::new(
            Some("127.0.0.1".to_owned()),
            Some("agent"),
            Some("request".to_owned()),
        );
        let tasks: Vec<_> = (0..30)
            .map(|number| {
                let mut key = key(ALICE, &format!("k{number}"), 5);
                key.lineage.parent = Some(id("parent"));
                let (name, text) = (key.name.as_str(), key.active.id.to_string());
                let creation = Creation {
                    event: Event::new(&caller, EventKind::Created, &text, Some(name), time(5)),
                    creator: Some(Creator {
                        id: key_id("parent"),
                        grant: Grant::default(),
                    }),
                    key,
                };
                let (store, created) = (store.clone(), creation.clone());
                let task = tokio::spawn(async move { store.key_create(creation).await });
                (task, created.event)
            })
            .collect();
        for (task, event) in tasks {
            assert!(task.await.unwrap().unwrap());
            let found = pages(&store, ALICE, Some(&event.key_id)).await;
            assert_eq!(found, [event]);
        }
        store.close().await;
    }
}

#[tokio::test]
async fn deleting_a_key_removes_its_events() {
    for database in TestDatabase::all() {
        let store = database.open();
        for name in ["a", "b"] {
            create(&store, key(ALICE, name, 1)).await.unwrap();
            record(&store, event(ALICE, EventKind::Updated, &id(name), 2)).await;
        }
        assert!(!delete(&store, BOB, &id("a")).await);
        assert_eq!(database.rows("key_events"), 4);
        assert!(delete(&store, ALICE, &id("a")).await);
        assert_eq!(pages(&store, ALICE, Some(&id("a"))).await, []);
        assert_eq!(pages(&store, ALICE, None).await.len(), 2);
        store.close().await;
    }
}

#[tokio::test]
async fn events_are_removed_by_age_and_by_number() {
    for database in TestDatabase::all() {
        let store = database.open();
        for at in 0..10 {
            record(&store, event(ALICE, EventKind::Updated, &id("a"), at)).await;
            record(&store, event(BOB, EventKind::Updated, &id("b"), at)).await;
        }
        let purge = async |before, max| store.purge_events(time(before), max).await.unwrap();
        let times = async |did| -> Vec<i64> {
            let events = pages(&store, did, None).await;
            let times = events.iter().map(|event| event.at.timestamp_millis());
            times.rev().collect()
        };
        assert_eq!(purge(0, 10).await, 0);
        assert_eq!(purge(3, 10).await, 6);
        assert_eq!(times(ALICE).await, (3..10).collect::<Vec<_>>());
        // One account more than the other.
        record(&store, event(ALICE, EventKind::Updated, &id("c"), 10)).await;
        assert_eq!(purge(3, 7).await, 1);
        assert_eq!(times(ALICE).await, (4..11).collect::<Vec<_>>());
        assert_eq!(times(BOB).await, (3..10).collect::<Vec<_>>());
        assert_eq!(purge(0, 2).await, 10);
        assert_eq!(times(ALICE).await, [9, 10]);
        assert_eq!(times(BOB).await, [8, 9]);
        assert_eq!(purge(0, 0).await, 4);
        assert_eq!(database.rows("key_events"), 0);
        store.close().await;
    }
}

/// A large number is removed in several calls, each of which holds up other writes for a short time.
#[tokio::test]
async fn old_events_are_removed_a_bounded_number_at_a_time() {
    for database in TestDatabase::all() {
        let store = database.open();
        migrate_and_fill(&database, &store);
        let mut removed = Vec::new();
        loop {
            let purged = store.purge_events(time(2500), u32::MAX).await.unwrap();
            removed.push(purged);
            if purged == 0 {
                break;
            }
        }
        assert_eq!(removed, [1000, 1000, 500, 0]);
        store.close().await;
    }
}

fn migrate_and_fill(database: &TestDatabase, store: &Store) {
    crate::common::migrate(store).unwrap();
    database.sql(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2999)
        INSERT INTO key_events (at, kind, did, key_id, credential)
        SELECT i, 'updated', 'did:web:alice.example', 'k', 'session' FROM n",
    );
}
