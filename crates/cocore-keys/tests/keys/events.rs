//! The audit trail.

use std::time::Duration;

use cocore_keys::{
    Caller, CallerCredential, Event, EventCredential, EventKind, KeyUpdate, Origin, Scopes,
};

use crate::fixture::{ALICE, BOB, Fixture, caller, named, session, time};

const HOUR: Duration = Duration::from_secs(3600);

/// Returns the kinds of events and the keys that they are about, the newest first, and removes nothing.
async fn trail(fixture: &Fixture) -> Vec<(EventKind, String)> {
    let events = fixture.events().await;
    let trail = events.into_iter().map(|event| (event.kind, event.key_id));
    trail.collect()
}

/// Each change adds one event for each key that it is about, and what changes nothing adds none.
#[tokio::test]
async fn each_change_is_one_event() {
    use EventKind::{Created, Deleted, Revoked, Rotated, Updated};
    let fixture = Fixture::new().await;
    let (alice, keys) = (session(ALICE), &fixture.keys);
    let (a, _) = fixture.create(None).await;
    let mut expected = vec![(Created, a.id.clone())];
    assert_eq!(trail(&fixture).await, expected);
    for (update, is_change) in [
        (
            KeyUpdate {
                name: Some(named("m").name),
                ..KeyUpdate::default()
            },
            true,
        ),
        (
            KeyUpdate {
                name: Some(named("m").name),
                ..KeyUpdate::default()
            },
            false,
        ),
        (KeyUpdate::default(), false),
        (
            KeyUpdate {
                note: Some(None),
                ..KeyUpdate::default()
            },
            false,
        ),
        (
            KeyUpdate {
                scopes: Some(Scopes::parse("repo:*").unwrap()),
                ..KeyUpdate::default()
            },
            true,
        ),
        (
            KeyUpdate {
                scopes: Some(Scopes::parse("repo:*").unwrap()),
                ..KeyUpdate::default()
            },
            false,
        ),
        (
            KeyUpdate {
                expires_at: Some(None),
                ..KeyUpdate::default()
            },
            false,
        ),
    ] {
        keys.update(&alice, &a.id, update).await.unwrap();
        if is_change {
            expected.insert(0, (Updated, a.id.clone()));
        }
        assert_eq!(trail(&fixture).await, expected);
    }
    for grace in [HOUR, Duration::ZERO] {
        let (old, _) = fixture.create(None).await;
        let (new, _) = fixture.rotate(&alice, &old.id, grace).await.unwrap();
        expected.insert(0, (Created, old.id.clone()));
        expected.insert(0, (Rotated, old.id));
        expected.insert(0, (Created, new.id));
        assert_eq!(trail(&fixture).await, expected);
    }
    // Refused.
    assert!(keys.rotate(&alice, "unknown", HOUR, None).await.is_err());
    assert!(
        keys.update(&alice, "unknown", KeyUpdate::default())
            .await
            .is_err()
    );
    assert!(
        keys.revoke(&alice, "unknown", true)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(!keys.delete(&session(BOB), &a.id).await.unwrap());
    assert_eq!(trail(&fixture).await, expected);
    // A cascade: one for each key that it revokes, in the order of the answer.
    let b = fixture.create_with(("", "", "")).await.0;
    let c = fixture.create_below(&b.id, "").await;
    let d = fixture.create_below(&b.id, "").await;
    for id in [&b.id, &c.id, &d.id] {
        expected.insert(0, (Created, id.clone()));
    }
    fixture.revoke(ALICE, &c.id).await;
    expected.insert(0, (Revoked, c.id));
    let revoked = keys.revoke(&alice, &b.id, true).await.unwrap();
    assert_eq!(revoked, [b.id.clone(), d.id]);
    let events = revoked.into_iter().map(|id| (Revoked, id));
    events.for_each(|event| expected.insert(0, event));
    assert!(keys.revoke(&alice, &b.id, true).await.unwrap().is_empty());
    assert_eq!(trail(&fixture).await, expected);
    // A deletion removes those of its key, and leaves one.
    assert!(keys.delete(&alice, &b.id).await.unwrap());
    assert!(!keys.delete(&alice, &b.id).await.unwrap());
    expected.retain(|(_, id)| *id != b.id);
    expected.insert(0, (Deleted, b.id));
    assert_eq!(trail(&fixture).await, expected);
}

fn origin() -> Origin {
    let address = Some("192.0.2.1".to_owned());
    Origin::new(address, Some("curl/8"), Some("request 1".to_owned()))
}

#[tokio::test]
async fn an_event_tells_by_whom_and_from_where() {
    for (credential, expected) in [
        (CallerCredential::Session, EventCredential::Session),
        (CallerCredential::ServiceAuth, EventCredential::ServiceAuth),
        (CallerCredential::Operator, EventCredential::Operator),
    ] {
        let fixture = Fixture::new().await;
        let caller = caller(ALICE, credential);
        check_events(&fixture, &caller, expected).await;
    }
    let fixture = Fixture::new().await;
    let (_, secret) = fixture.create(None).await;
    let caller = fixture.caller(&secret).await;
    check_events(&fixture, &caller, EventCredential::ApiKey).await;
}

async fn check_events(fixture: &Fixture, caller: &Caller, credential: EventCredential) {
    let caller = &Caller {
        origin: origin(),
        ..caller.clone()
    };
    let (key, _) = fixture.create_by(caller, named("a")).await.unwrap();
    fixture.set("2030-01-01T00:00:01Z");
    let update = KeyUpdate {
        name: Some(named("b").name),
        ..KeyUpdate::default()
    };
    fixture.keys.update(caller, &key.id, update).await.unwrap();
    let (new, _) = fixture.rotate(caller, &key.id, HOUR).await.unwrap();
    fixture.keys.revoke(caller, &key.id, false).await.unwrap();
    let event = |kind, id: &str, name: &str, at| Event {
        at: time(at),
        kind,
        did: ALICE.to_owned(),
        key_id: id.to_owned(),
        key_name: Some(name.to_owned()),
        credential,
        by_key: caller.key_id().map(|id| id.to_string()),
        origin: origin(),
    };
    let (start, later) = ("2030-01-01T00:00:00Z", "2030-01-01T00:00:01Z");
    let expected = [
        event(EventKind::Revoked, &key.id, "b", later),
        event(EventKind::Created, &new.id, "b", later),
        event(EventKind::Rotated, &key.id, "b", later),
        event(EventKind::Updated, &key.id, "b", later),
        event(EventKind::Created, &key.id, "a", start),
    ];
    let events = fixture.events().await;
    assert_eq!(events[..5], expected);
    // Of a deletion, neither the name of the key nor where the request came from is kept.
    assert!(fixture.keys.delete(caller, &key.id).await.unwrap());
    let deleted = Event {
        key_name: None,
        by_key: None,
        origin: Origin::default(),
        ..event(EventKind::Deleted, &key.id, "", later)
    };
    let of_key = fixture.keys.events(ALICE, Some(&key.id), None, 100).await;
    let of_key: Vec<_> = of_key.unwrap().into_iter().map(|one| one.event).collect();
    assert_eq!(of_key, [deleted]);
}

#[tokio::test]
async fn events_are_read_in_pages_by_their_account() {
    let fixture = Fixture::new().await;
    for _ in 0..5 {
        fixture.create(None).await;
    }
    let (bobs, _) = fixture.create_for(BOB, None).await;
    let keys = &fixture.keys;
    let first = keys.events(ALICE, None, None, 2).await.unwrap();
    let last = first.last().map(|event| event.number);
    let rest = keys.events(ALICE, None, last, 100).await.unwrap();
    let numbers: Vec<_> = first
        .iter()
        .chain(&rest)
        .map(|event| event.number)
        .collect();
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
    for id in [&*bobs.id, "unknown", "\0", &"x".repeat(201)] {
        assert_eq!(keys.events(ALICE, Some(id), None, 100).await.unwrap(), []);
    }
    assert_eq!(
        keys.events(BOB, Some(&bobs.id), None, 100)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_user_agent_is_cut_at_a_character() {
    for (text, length) in [
        ("a".repeat(200), 200),
        ("a".repeat(201), 200),
        (format!("{}\u{e9}", "a".repeat(199)), 199),
        (format!("{}\u{e9}x", "a".repeat(198)), 200),
    ] {
        let cut = Origin::new(None, Some(&text), None).user_agent.unwrap();
        assert_eq!((cut.len(), text.starts_with(&cut)), (length, true));
    }
}
