//! Keys that are changed.

use std::time::Duration;

use cocore_keys::{CallerCredential, InvalidExpiry, KeyError, KeyNote, KeyUpdate, Scopes, TooWide};

use crate::fixture::{ALICE, BOB, Fixture, Parts, caller, grant, named, session, time};

const CALL: &str = "rpc:com.example.call?aud=*";
const RECORDS: &str = "repo:com.example.record";
const CREATE_RECORDS: &str = "repo:com.example.record?action=create";
const EARLY: &str = "2030-01-02T00:00:00Z";
const MIDDLE: &str = "2030-01-03T00:00:00Z";
const LATE: &str = "2030-01-04T00:00:00Z";

fn to_scopes(text: &str) -> KeyUpdate {
    KeyUpdate {
        scopes: Some(Scopes::parse(text).unwrap()),
        ..KeyUpdate::default()
    }
}

/// An update of the expiry. An empty text is never.
fn to_expiry(text: &str) -> KeyUpdate {
    KeyUpdate {
        expires_at: Some((!text.is_empty()).then(|| time(text))),
        ..KeyUpdate::default()
    }
}

#[tokio::test]
async fn name_and_note() {
    let fixture = Fixture::new().await;
    let (key, secret) = fixture.create_with((CALL, "m", EARLY)).await;
    let note = KeyNote::parse("a note").unwrap();
    let named = |name: &str| Some(named(name).name);
    for (update, name, expected) in [
        (
            KeyUpdate {
                name: named("other"),
                ..KeyUpdate::default()
            },
            "other",
            None,
        ),
        (
            KeyUpdate {
                note: Some(note.clone()),
                ..KeyUpdate::default()
            },
            "other",
            Some("a note"),
        ),
        (
            KeyUpdate {
                name: named("third"),
                ..KeyUpdate::default()
            },
            "third",
            Some("a note"),
        ),
        (
            KeyUpdate {
                note: Some(None),
                ..KeyUpdate::default()
            },
            "third",
            None,
        ),
        (KeyUpdate::default(), "third", None),
    ] {
        let updated = fixture
            .keys
            .update(&session(ALICE), &key.id, update)
            .await
            .unwrap();
        assert_eq!((&*updated.name, updated.note.as_deref()), (name, expected));
        assert_eq!(updated.grant(), key.grant());
        assert_eq!(fixture.find(&key.id).await, updated);
    }
    assert!(fixture.accepts(&secret).await);
    // The last use is not lost, and shown.
    let update = KeyUpdate {
        name: named("fourth"),
        ..KeyUpdate::default()
    };
    let updated = fixture
        .keys
        .update(&session(ALICE), &key.id, update)
        .await
        .unwrap();
    assert_eq!(updated.last_used_at, Some(time("2030-01-01T00:00:00Z")));
}

/// Each case: the scopes and models before, the scopes that are asked for, and the scope that the error names.
#[tokio::test]
async fn scopes_only_become_narrower() {
    let both = &*format!("{CALL} {RECORDS}");
    let cases: &[(Parts<'_>, &str, Option<&str>)] = &[
        (("", "", ""), CALL, None),
        (("", "m", EARLY), CALL, None),
        ((both, "m", EARLY), both, None),
        ((both, "", ""), CALL, None),
        ((RECORDS, "", ""), CREATE_RECORDS, None),
        ((CALL, "", ""), both, Some("repo:com.example.record")),
        (
            (CREATE_RECORDS, "", ""),
            RECORDS,
            Some("repo:com.example.record"),
        ),
        ((CALL, "", ""), RECORDS, Some("repo:com.example.record")),
        ((RECORDS, "m", ""), "repo:*", Some("repo:*")),
    ];
    for (before, asked, named) in cases {
        let case = format!("{before:?} {asked}");
        for by_key in [false, true] {
            let fixture = Fixture::new().await;
            let (key, secret) = fixture.create_with(*before).await;
            let caller = if by_key {
                fixture.caller(&secret).await
            } else {
                session(ALICE)
            };
            let result = fixture
                .keys
                .update(&caller, &key.id, to_scopes(asked))
                .await;
            let verified = fixture.keys.verify(&secret).await.unwrap().unwrap();
            match (result, named) {
                (Ok(updated), None) => {
                    let expected = grant(asked, before.1, before.2);
                    assert_eq!(updated.grant(), expected, "{case}");
                    assert_eq!(verified.access, expected.access, "{case}");
                    assert_eq!(verified.expires_at, expected.expires_at, "{case}");
                }
                (Err(KeyError::Wider(scope)), Some(named)) => {
                    assert_eq!(scope, *named, "{case}");
                    assert_eq!(verified.access, key.access, "{case}");
                }
                (result, _) => panic!("{case}: {result:?}"),
            }
        }
    }
}

#[tokio::test]
async fn other_callers_than_keys_change_the_expiry_of_any_active_key() {
    for credential in [
        CallerCredential::Session,
        CallerCredential::ServiceAuth,
        CallerCredential::Operator,
    ] {
        let caller = caller(ALICE, credential);
        for before in ["", EARLY, MIDDLE, LATE] {
            for after in ["", EARLY, MIDDLE, LATE] {
                let fixture = Fixture::new().await;
                let (key, secret) = fixture.create_with(("", "", before)).await;
                let updated = fixture
                    .keys
                    .update(&caller, &key.id, to_expiry(after))
                    .await;
                assert_eq!(updated.unwrap().grant(), grant("", "", after));
                let verified = fixture.keys.verify(&secret).await.unwrap().unwrap();
                assert_eq!(verified.expires_at, grant("", "", after).expires_at);
                for end in [EARLY, MIDDLE, LATE] {
                    fixture.set(end);
                    let is_live = after.is_empty() || time(after) > time(end);
                    assert_eq!(fixture.accepts(&secret).await, is_live, "{after} {end}");
                }
            }
        }
    }
    let fixture = Fixture::new().await;
    let (key, _) = fixture.create(None).await;
    for (at, expected) in [
        ("2030-01-01T00:00:00Z", InvalidExpiry::NotInFuture),
        ("9999-12-31T23:59:59-23:00", InvalidExpiry::TooFar),
    ] {
        let error = fixture
            .keys
            .update(&session(ALICE), &key.id, to_expiry(at))
            .await;
        assert!(matches!(error, Err(KeyError::InvalidExpiry(found)) if found == expected));
    }
}

/// Each case: the expiry of the key that makes the call, that of the other, the new one, and what is refused.
#[tokio::test]
async fn a_key_extends_only_its_descendants_and_within_its_own_expiry() {
    enum Expected {
        Changed,
        NotDescendant,
        TooWide,
    }
    use Expected::{Changed, NotDescendant, TooWide};
    // The other key: a child, a grandchild, the caller itself, its parent, a sibling, and one without a relation.
    let cases = [
        ("child", "", EARLY, LATE, Changed),
        ("child", "", EARLY, "", Changed),
        ("child", LATE, EARLY, LATE, Changed),
        ("child", MIDDLE, EARLY, LATE, TooWide),
        ("child", LATE, EARLY, "", TooWide),
        ("grandchild", LATE, EARLY, MIDDLE, Changed),
        ("grandchild", MIDDLE, EARLY, LATE, TooWide),
        ("itself", EARLY, EARLY, LATE, NotDescendant),
        ("itself", EARLY, EARLY, "", NotDescendant),
        ("parent", LATE, LATE, "", NotDescendant),
        ("sibling", LATE, EARLY, MIDDLE, NotDescendant),
        ("stranger", "", EARLY, LATE, NotDescendant),
        // Any key may be shortened, or keep its expiry.
        ("child", LATE, MIDDLE, EARLY, Changed),
        ("itself", LATE, LATE, EARLY, Changed),
        ("itself", "", "", EARLY, Changed),
        ("parent", LATE, LATE, EARLY, Changed),
        ("sibling", LATE, MIDDLE, EARLY, Changed),
        ("stranger", EARLY, MIDDLE, EARLY, Changed),
        ("stranger", EARLY, LATE, MIDDLE, Changed),
        ("stranger", EARLY, LATE, LATE, Changed),
    ];
    for (relation, own, before, after, expected) in cases {
        let case = format!("{relation} {own} {before} {after}");
        let fixture = Fixture::new().await;
        let parent_end = if relation == "parent" { before } else { "" };
        let (parent, _) = fixture.create_with(("", "", parent_end)).await;
        let own_key = fixture.create_below(&parent.id, own).await;
        let other = match relation {
            "itself" => own_key.id.clone(),
            "parent" => parent.id,
            "sibling" => fixture.create_below(&parent.id, before).await.id,
            "stranger" => fixture.create_with(("", "", before)).await.0.id,
            "child" => fixture.create_below(&own_key.id, before).await.id,
            _ => {
                let child = fixture.create_below(&own_key.id, own).await;
                fixture.create_below(&child.id, before).await.id
            }
        };
        let caller = fixture.caller_of(&own_key.id).await;
        let result = fixture.keys.update(&caller, &other, to_expiry(after)).await;
        let now = fixture.find(&other).await.expires_at;
        let given = |text| grant("", "", text).expires_at;
        match expected {
            Changed => {
                assert!(result.is_ok(), "{case}: {result:?}");
                assert_eq!(now, given(after), "{case}");
            }
            NotDescendant => {
                assert!(
                    matches!(result, Err(KeyError::NotDescendant)),
                    "{case}: {result:?}"
                );
                assert_eq!(now, given(before), "{case}");
            }
            TooWide => {
                assert!(
                    matches!(result, Err(KeyError::TooWide(_))),
                    "{case}: {result:?}"
                );
                assert_eq!(now, given(before), "{case}");
            }
        }
    }
}

/// A key whose scopes were narrowed after it has created another one does not extend what it could not create.
#[tokio::test]
async fn a_key_extends_no_key_that_has_more_than_it_has() {
    let fixture = Fixture::new().await;
    let (parent, _) = fixture.create(None).await;
    let child = fixture.create_below(&parent.id, EARLY).await;
    let keys = &fixture.keys;
    keys.update(&session(ALICE), &parent.id, to_scopes(CALL))
        .await
        .unwrap();
    let caller = fixture.caller_of(&parent.id).await;
    let error = keys.update(&caller, &child.id, to_expiry(LATE)).await;
    assert!(
        matches!(error, Err(KeyError::TooWide(TooWide::EveryScope))),
        "{error:?}"
    );
    let update = KeyUpdate {
        expires_at: to_expiry(LATE).expires_at,
        ..to_scopes(RECORDS)
    };
    let error = keys.update(&caller, &child.id, update).await;
    assert!(
        matches!(error, Err(KeyError::TooWide(TooWide::Scope(_)))),
        "{error:?}"
    );
    // With the narrower scopes it may.
    let update = KeyUpdate {
        expires_at: to_expiry(LATE).expires_at,
        ..to_scopes(CALL)
    };
    let updated = keys.update(&caller, &child.id, update).await.unwrap();
    assert_eq!(updated.grant(), grant(CALL, "", LATE));
}

#[tokio::test]
async fn what_has_ended_cannot_be_changed() {
    let fixture = Fixture::new().await;
    let alice = session(ALICE);
    let (in_grace, _) = fixture.create(None).await;
    let hour = Duration::from_secs(3600);
    fixture.rotate(&alice, &in_grace.id, hour).await.unwrap();
    let (replaced, _) = fixture.create(None).await;
    fixture
        .rotate(&alice, &replaced.id, Duration::ZERO)
        .await
        .unwrap();
    let (revoked, _) = fixture.create(None).await;
    fixture.revoke(ALICE, &revoked.id).await;
    let (expired, _) = fixture.create(Some("2030-01-01T00:00:01Z")).await;
    let (bobs, _) = fixture.create_for(BOB, None).await;
    fixture.set("2030-01-01T00:00:01Z");
    let before = fixture.tables();
    for update in [
        KeyUpdate::default(),
        to_expiry(""),
        to_expiry(LATE),
        to_scopes(CALL),
        KeyUpdate {
            name: Some(named("x").name),
            ..KeyUpdate::default()
        },
    ] {
        for caller in [&alice, &caller(ALICE, CallerCredential::Operator)] {
            for id in [&in_grace.id, &replaced.id, &revoked.id, &expired.id] {
                let error = fixture.keys.update(caller, id, update.clone()).await;
                assert!(matches!(error, Err(KeyError::NotActive)), "{error:?}");
            }
            for id in [&*bobs.id, "unknown", "", "\0", &"x".repeat(201)] {
                let error = fixture.keys.update(caller, id, update.clone()).await;
                assert!(matches!(error, Err(KeyError::NotFound)), "{error:?}");
            }
        }
    }
    assert_eq!(fixture.tables(), before);
}
