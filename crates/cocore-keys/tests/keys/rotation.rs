//! Keys that are replaced.

use std::time::Duration;

use cocore_keys::{CreateRequest, KeyError, KeyNote, TooWide};

use crate::fixture::{ALICE, BOB, Fixture, grant, named, request, session, time};

const HOUR: Duration = Duration::from_secs(3600);
const CALL: &str = "rpc:com.example.call?aud=*";
const RECORDS: &str = "repo:com.example.record";

/// A key with everything that a key can have.
fn full(expires_at: &str) -> CreateRequest {
    CreateRequest {
        name: named("laptop").name,
        note: KeyNote::parse("the note").unwrap(),
        ..request((CALL, "m n", expires_at))
    }
}

#[tokio::test]
async fn a_replacement_has_what_the_replaced_key_has() {
    for (expires_at, grace) in [("", 0), ("", 60), ("2030-02-01T00:00:00Z", 60)] {
        let fixture = Fixture::new().await;
        let made = fixture.create_by(&session(ALICE), full(expires_at)).await;
        let (old, old_secret) = made.unwrap();
        fixture.set("2030-01-01T00:00:01Z");
        let grace = Duration::from_secs(grace);
        let (new, secret) = fixture
            .rotate(&session(ALICE), &old.id, grace)
            .await
            .unwrap();
        assert_ne!((&new.id, &secret), (&old.id, &old_secret));
        assert_eq!((&new.name, &new.note), (&old.name, &old.note));
        assert_eq!(new.grant(), old.grant());
        assert_eq!(new.grant(), grant(CALL, "m n", expires_at));
        assert_eq!(new.prefix, secret[..15]);
        assert_eq!(new.created_at, time("2030-01-01T00:00:01Z"));
        assert_eq!(new.replaces, Some(old.id.clone()));
        assert_eq!((&new.parent, &new.revoked_at), (&None, &None));
        assert_eq!(fixture.find(&new.id).await, new);
        let replaced = fixture.find(&old.id).await;
        assert_eq!(replaced.replaced_by, Some(new.id.clone()));
        let verified = fixture.keys.verify(&secret).await.unwrap().unwrap();
        assert_eq!(
            (verified.access, verified.expires_at),
            (new.access, new.expires_at)
        );
    }
}

#[tokio::test]
async fn a_replaced_key_ends_after_the_grace_period_and_not_after_its_own_expiry() {
    let cases: &[(&str, u64, &str)] = &[
        // The expiry of the key, the grace period in seconds, and the end.
        ("", 1, "2030-01-01T00:00:01Z"),
        ("", 3600, "2030-01-01T01:00:00Z"),
        ("2030-01-01T02:00:00Z", 3600, "2030-01-01T01:00:00Z"),
        ("2030-01-01T00:30:00Z", 3600, "2030-01-01T00:30:00Z"),
        ("2030-01-01T01:00:00Z", 3600, "2030-01-01T01:00:00Z"),
        // At most seven days.
        ("", 604_800, "2030-01-08T00:00:00Z"),
        ("", 604_801, "2030-01-08T00:00:00Z"),
        ("", u64::MAX, "2030-01-08T00:00:00Z"),
    ];
    for (expires_at, grace, end) in cases {
        let case = format!("{expires_at} {grace}");
        let fixture = Fixture::new().await;
        let expiry = (!expires_at.is_empty()).then_some(*expires_at);
        let (old, old_secret) = fixture.create(expiry).await;
        let grace = Duration::from_secs(*grace);
        let (new, secret) = fixture
            .rotate(&session(ALICE), &old.id, grace)
            .await
            .unwrap();
        assert_eq!(new.expires_at, old.expires_at, "{case}");
        let replaced = fixture.find(&old.id).await;
        assert_eq!(replaced.expires_at, Some(time(end)), "{case}");
        assert_eq!(replaced.revoked_at, None, "{case}");
        assert!(fixture.accepts(&old_secret).await, "{case}");
        fixture.set_time(time(end) - chrono::TimeDelta::milliseconds(1));
        assert!(fixture.accepts(&old_secret).await, "{case}");
        fixture.set(end);
        assert!(!fixture.accepts(&old_secret).await, "{case}");
        assert_eq!(
            fixture.accepts(&secret).await,
            *expires_at != *end,
            "{case}"
        );
    }
}

#[tokio::test]
async fn without_a_grace_period_a_replaced_key_is_revoked() {
    let fixture = Fixture::new().await;
    let (old, old_secret) = fixture.create(Some("2030-02-01T00:00:00Z")).await;
    let (_, secret) = fixture
        .rotate(&session(ALICE), &old.id, Duration::ZERO)
        .await
        .unwrap();
    assert!(!fixture.accepts(&old_secret).await);
    assert!(fixture.accepts(&secret).await);
    let replaced = fixture.find(&old.id).await;
    assert_eq!(replaced.revoked_at, Some(time("2030-01-01T00:00:00Z")));
    assert_eq!(replaced.expires_at, old.expires_at);
}

#[tokio::test]
async fn a_key_that_is_revoked_in_its_grace_period_ends_at_once() {
    for cascade in [false, true] {
        let fixture = Fixture::new().await;
        let (old, old_secret) = fixture.create(None).await;
        let (_, secret) = fixture
            .rotate(&session(ALICE), &old.id, HOUR)
            .await
            .unwrap();
        let revoked = fixture.keys.revoke(&session(ALICE), &old.id, cascade).await;
        assert_eq!(revoked.unwrap(), [old.id]);
        assert!(!fixture.accepts(&old_secret).await);
        assert!(
            fixture.accepts(&secret).await,
            "the owner's replacement stays"
        );
    }
}

#[tokio::test]
async fn what_has_ended_cannot_be_replaced() {
    let fixture = Fixture::new().await;
    let alice = session(ALICE);
    let (in_grace, _) = fixture.create(None).await;
    fixture.rotate(&alice, &in_grace.id, HOUR).await.unwrap();
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
    for grace in [Duration::ZERO, HOUR] {
        for id in [&in_grace.id, &replaced.id, &revoked.id, &expired.id] {
            let error = fixture.rotate(&alice, id, grace).await;
            assert!(matches!(error, Err(KeyError::NotActive)), "{error:?}");
        }
        for id in [&*bobs.id, "unknown", "", "\0", &"x".repeat(201)] {
            let error = fixture.rotate(&alice, id, grace).await;
            assert!(matches!(error, Err(KeyError::NotFound)), "{error:?}");
        }
    }
    assert_eq!(fixture.tables(), before);
}

/// Each case: what the key has that makes the call, what the other one has, and whether it may be replaced.
#[tokio::test]
async fn a_key_replaces_only_keys_that_have_no_more_than_it_has() {
    let soon = "2030-01-02T00:00:00Z";
    let cases = [
        (("", "", ""), (CALL, "m", soon), true),
        ((CALL, "m", soon), (CALL, "m", soon), true),
        ((CALL, "", ""), (RECORDS, "", ""), false),
        ((CALL, "", ""), ("", "", ""), false),
        (("", "m", ""), ("", "m n", ""), false),
        (("", "m", ""), ("", "", ""), false),
        (("", "", soon), ("", "", ""), false),
        (("", "", soon), ("", "", "2030-01-02T00:00:00.001Z"), false),
    ];
    for (own, other, is_allowed) in cases {
        let fixture = Fixture::new().await;
        let (caller, _) = fixture.create_with(own).await;
        let (other_key, _) = fixture.create_with(other).await;
        let caller = fixture.caller_of(&caller.id).await;
        let result = fixture.rotate(&caller, &other_key.id, HOUR).await;
        match result {
            Ok((new, _)) => assert!(is_allowed && new.grant() == other_key.grant()),
            Err(error) => {
                assert!(!is_allowed, "{own:?} {other:?}: {error:?}");
                assert!(matches!(error, KeyError::TooWide(_)), "{error:?}");
                assert_eq!(fixture.find(&other_key.id).await, other_key);
            }
        }
    }
    let fixture = Fixture::new().await;
    let (limited, _) = fixture.create_with((CALL, "", "")).await;
    let (unlimited, _) = fixture.create(None).await;
    let caller = fixture.caller_of(&limited.id).await;
    let error = fixture.rotate(&caller, &unlimited.id, HOUR).await;
    assert!(matches!(error, Err(KeyError::TooWide(TooWide::EveryScope))));
}
