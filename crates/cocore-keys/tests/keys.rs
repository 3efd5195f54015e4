//! The key service, on a store in memory, with a clock that the tests set.
#![allow(clippy::unwrap_used)]

#[path = "keys/atomicity.rs"]
mod atomicity;
#[path = "keys/creation.rs"]
mod creation;
#[path = "keys/events.rs"]
mod events;
#[path = "keys/fixture.rs"]
mod fixture;
#[path = "keys/holder.rs"]
mod holder;
#[path = "keys/limits.rs"]
mod limits;
#[path = "keys/lineage.rs"]
mod lineage;
#[path = "keys/memory.rs"]
mod memory;
#[path = "keys/quota.rs"]
mod quota;
#[path = "keys/repeat.rs"]
mod repeat;
#[path = "keys/rotation.rs"]
mod rotation;
#[path = "keys/tables.rs"]
mod tables;
#[path = "keys/update.rs"]
mod update;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use cocore_keys::{CheckCounts, CreateRequest, InvalidExpiry, KeyError, Secret};
use fixture::{ALICE, BOB, Fixture, named, session, time};

/// Row 12 of the list of attacks.
#[tokio::test]
async fn a_key_expires_by_the_wall_clock() {
    let fixture = Fixture::new().await;
    let (_, secret) = fixture.create(Some("2030-01-01T00:00:01.000Z")).await;
    for (now, expected) in [
        ("2030-01-01T00:00:00.000Z", true),
        ("2030-01-01T00:00:00.999Z", true),
        ("2030-01-01T00:00:01.000Z", false),
        ("2040-01-01T00:00:00Z", false),
        // The clock was set back.
        ("2030-01-01T00:00:00.500Z", true),
    ] {
        fixture.set(now);
        assert_eq!(fixture.accepts(&secret).await, expected, "{now}");
    }
}

/// Row 11 of the list of attacks.
#[tokio::test]
async fn an_expiry_is_checked_against_the_clock() {
    let fixture = Fixture::new().await;
    for (at, expected) in [
        ("2030-01-01T00:00:00Z", InvalidExpiry::NotInFuture),
        ("2029-12-31T23:59:59Z", InvalidExpiry::NotInFuture),
        ("9999-12-31T23:59:59-23:00", InvalidExpiry::TooFar),
    ] {
        let request = CreateRequest {
            expires_at: Some(time(at)),
            ..named("n")
        };
        let error = fixture.create_by(&session(ALICE), request).await;
        assert!(
            matches!(error, Err(KeyError::InvalidExpiry(found)) if found == expected),
            "{at}"
        );
    }
    assert!(!fixture.keys.any().await.unwrap());
}

#[tokio::test]
async fn an_expired_key_can_still_be_revoked() {
    let fixture = Fixture::new().await;
    let (key, _) = fixture.create(Some("2030-01-01T00:00:01Z")).await;
    fixture.set("2030-01-02T00:00:00Z");
    assert!(fixture.revoke(ALICE, &key.id).await);
    assert!(!fixture.revoke(ALICE, &key.id).await);
}

/// Row 25 of the list of attacks.
#[tokio::test]
async fn the_first_revocation_stays() {
    let fixture = Fixture::new().await;
    let (key, secret) = fixture.create(None).await;
    assert!(!fixture.revoke(BOB, &key.id).await);
    assert!(fixture.accepts(&secret).await);
    assert!(fixture.revoke(ALICE, &key.id).await);
    fixture.set("2030-01-02T00:00:00Z");
    assert!(!fixture.revoke(ALICE, &key.id).await);
    let listed = fixture.keys.list(ALICE).await.unwrap();
    assert_eq!(listed[0].revoked_at, Some(time("2030-01-01T00:00:00Z")));
    assert!(!fixture.accepts(&secret).await);
    assert!(!fixture.delete(BOB, &key.id).await);
    assert!(fixture.delete(ALICE, &key.id).await);
    assert!(!fixture.delete(ALICE, &key.id).await);
}

/// Row 12 of the list of attacks.
#[tokio::test]
async fn the_last_use_is_neither_before_a_later_one_nor_before_the_creation() {
    let fixture = Fixture::new().await;
    let (key, secret) = fixture.create(None).await;
    let created = key.created_at;
    for (now, expected) in [
        ("2029-06-01T00:00:00Z", created),
        ("2030-01-01T00:00:05Z", created + TimeDelta::seconds(5)),
        ("2030-01-01T00:00:03Z", created + TimeDelta::seconds(5)),
    ] {
        fixture.set(now);
        assert!(fixture.accepts(&secret).await);
        let listed = fixture.keys.list(ALICE).await.unwrap();
        assert_eq!(listed[0].last_used_at, Some(expected), "{now}");
    }
}

#[tokio::test]
async fn ids_of_one_moment_are_in_the_order_of_their_creation() {
    let fixture = Fixture::new().await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(fixture.create(None).await.0.id);
    }
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
}

#[tokio::test]
async fn loaded_keys_are_verified_while_the_store_is_unavailable() {
    let fixture = Fixture::new().await;
    let (_, secret) = fixture.create(None).await;
    fixture.down(Some("all"));
    let owner = fixture.keys.verify(&secret).await.unwrap().unwrap();
    assert_eq!(owner.did.as_str(), ALICE);
    let unknown = Secret::from_random([99; 32]);
    assert!(!fixture.accepts(unknown.expose()).await, "a definite no");
    assert!(fixture.keys.list(ALICE).await.is_err());
    assert!(fixture.keys.write_uses().await.is_err());
    // Uses that could not be written are kept.
    fixture.down(None);
    fixture.keys.write_uses().await.unwrap();
    assert!(
        fixture.store.0.tables.lock().unwrap().keys[0]
            .key
            .last_used_at
            .is_some()
    );
}

#[tokio::test]
async fn until_keys_are_loaded_each_is_looked_up() {
    let fixture = Fixture::empty();
    let (_, secret) = fixture.create(None).await;
    assert!(fixture.accepts(&secret).await);
    fixture.down(Some("all"));
    assert!(fixture.keys.verify(&secret).await.is_err());
    // A text that is not a key is not looked up.
    assert!(fixture.keys.verify("cocore-x").await.unwrap().is_none());
    assert!(fixture.keys.subscribe().await.is_err());
    fixture.down(None);
    assert!(fixture.accepts(&secret).await);
    fixture.keys.subscribe().await.unwrap();
    fixture.down(Some("all"));
    assert!(fixture.accepts(&secret).await);
}

#[tokio::test]
async fn existing_keys_are_loaded_unless_revoked_or_expired() {
    let fixture = Fixture::empty();
    let (_, good) = fixture.create(None).await;
    let (revoked_key, revoked) = fixture.create(None).await;
    let (_, expired) = fixture.create(Some("2030-01-01T00:00:01Z")).await;
    fixture.revoke(ALICE, &revoked_key.id).await;
    fixture.set("2030-01-01T00:00:02Z");
    fixture.keys.subscribe().await.unwrap();
    fixture.down(Some("all"));
    assert!(fixture.accepts(&good).await);
    assert!(!fixture.accepts(&revoked).await);
    assert!(!fixture.accepts(&expired).await);
}

/// Uses are visible before they are written, also those of a removed key.
#[tokio::test]
async fn a_use_is_visible_before_it_is_written() {
    let fixture = Fixture::new().await;
    let (key, secret) = fixture.create(None).await;
    assert!(fixture.accepts(&secret).await);
    fixture.revoke(ALICE, &key.id).await;
    let hold = Arc::new(tokio::sync::Notify::new());
    *fixture.store.0.hold.lock().unwrap() = Some(hold.clone());
    let list = async {
        let used = fixture.keys.list(ALICE).await.unwrap()[0].last_used_at;
        assert!(used.is_some());
        hold.notify_one();
    };
    let (written, ()) = tokio::join!(fixture.keys.write_uses(), list);
    written.unwrap();
    let used = fixture.keys.list(ALICE).await.unwrap()[0].last_used_at;
    assert!(used.is_some());
}

#[tokio::test]
async fn many_uses_are_one_write() {
    let fixture = Fixture::new().await;
    let mut secrets = Vec::new();
    for _ in 0..50 {
        secrets.push(fixture.create(None).await.1);
    }
    for second in 1..10 {
        fixture.set(&format!("2030-01-01T00:00:0{second}Z"));
        for secret in &secrets {
            assert!(fixture.accepts(secret).await);
        }
    }
    assert_eq!(*fixture.store.0.written.lock().unwrap(), 0);
    let last = Some(time("2030-01-01T00:00:09Z"));
    let listed = fixture.keys.list(ALICE).await.unwrap();
    assert!(
        listed.iter().all(|key| key.last_used_at == last),
        "visible, written or not"
    );
    // One is revoked before its use is written.
    fixture.revoke(ALICE, &listed[0].id).await;
    assert_eq!(
        fixture.keys.list(ALICE).await.unwrap()[0].last_used_at,
        last
    );
    fixture.keys.write_uses().await.unwrap();
    fixture.keys.write_uses().await.unwrap();
    assert_eq!(*fixture.store.0.written.lock().unwrap(), 1);
    let stored = fixture.store.0.tables.lock().unwrap();
    let mut stored = stored.keys.iter();
    assert!(stored.all(|new| new.key.last_used_at == last));
}

/// Creates and removes many keys, and compares the set with a list.
#[tokio::test]
async fn the_set_holds_exactly_the_live_keys() {
    let fixture = Fixture::new().await;
    let mut all = Vec::new();
    for round in 0..600 {
        // Each account has some keys for a while.
        let did = format!("did:web:{}.example", round / 20);
        let (key, secret) = fixture.create_for(&did, None).await;
        all.push((key, secret, true));
        if round % 3 == 2 {
            let (key, _, live) = &mut all[round / 2];
            *live = !fixture.delete(&key.did, &key.id).await && *live;
        }
        if round % 20 == 19 {
            for (key, _, live) in all[round - 19..].iter_mut().step_by(1 + round % 3) {
                *live = !fixture.revoke(&key.did, &key.id).await && *live;
            }
        }
    }
    fixture.down(Some("all"));
    for (key, secret, live) in &all {
        let owner = fixture.keys.verify(secret).await.unwrap();
        let did = owner.as_ref().map(|owner| owner.did.as_str());
        assert_eq!(did, live.then_some(&key.did[..]), "{}", key.id);
    }
    assert!(all.iter().filter(|(.., live)| !live).count() > 100);
}

#[tokio::test]
async fn an_id_that_is_too_long_is_not_looked_up() {
    let fixture = Fixture::new().await;
    fixture.down(Some("all"));
    assert!(!fixture.revoke(ALICE, &"x".repeat(201)).await);
    assert!(!fixture.delete(ALICE, &"x".repeat(201)).await);
    assert!(
        fixture
            .keys
            .delete(&session(ALICE), &"x".repeat(200))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_digest_is_stored_and_not_the_secret() {
    let fixture = Fixture::new().await;
    let (key, secret) = fixture.create(None).await;
    let stored = fixture.store.0.tables.lock().unwrap().keys[0].clone();
    assert_eq!(stored.digest, Secret::parse(&secret).unwrap().digest());
    assert_eq!(key.prefix, secret[..15]);
    assert!(!format!("{stored:?}").contains(&secret[15..]));
}

#[tokio::test]
async fn a_key_is_evicted_a_day_after_its_expiry() {
    let fixture = Fixture::new().await;
    let (_, soon) = fixture.create(Some("2030-01-01T00:00:01Z")).await;
    fixture.create(Some("2030-01-02T00:00:00Z")).await;
    let (_, without_expiry) = fixture.create(None).await;
    fixture.set("2030-01-01T23:00:00Z");
    assert_eq!(fixture.keys.evict_expired().await.unwrap(), 0);
    fixture.set("2030-01-02T01:00:00Z");
    assert_eq!(fixture.keys.evict_expired().await.unwrap(), 1);
    assert_eq!(fixture.keys.evict_expired().await.unwrap(), 0);
    fixture.down(Some("all"));
    assert!(fixture.accepts(&without_expiry).await);
    assert!(!fixture.accepts(&soon).await);
}

/// Row 12 of the list of attacks.
/// A store decides for how long the set is trusted.
#[tokio::test]
async fn keys_are_looked_up_while_the_set_is_not_trusted() {
    let fixture = Fixture::new().await;
    let (_, secret) = fixture.create(None).await;
    let mut writer = fixture.store.0.subscriber.lock().unwrap().take().unwrap();
    // The steady clock of the fixture is always zero.
    for (until, from_memory) in [(0, false), (1, true), (0, false), (u64::MAX, true)] {
        writer.trust_until(Duration::from_nanos(until));
        fixture.down(Some("all"));
        assert_eq!(fixture.keys.verify(&secret).await.is_ok(), from_memory);
        assert_eq!(fixture.keys.is_current(), from_memory);
        fixture.down(None);
        assert!(fixture.accepts(&secret).await, "looked up");
    }
    // The set is emptied. Uses are kept.
    writer.reset();
    assert!(fixture.accepts(&secret).await);
    fixture.keys.write_uses().await.unwrap();
    assert!(
        fixture.store.0.tables.lock().unwrap().keys[0]
            .key
            .last_used_at
            .is_some()
    );
}

#[tokio::test]
async fn checks_are_counted_by_outcome() {
    let fixture = Fixture::new().await;
    let (_, secret) = fixture.create(None).await;
    let (expiring, expired) = fixture.create(Some("2030-01-01T00:00:01Z")).await;
    let unknown = Secret::from_random([7; 32]);
    fixture.set("2030-01-01T00:00:02Z");
    assert_eq!(fixture.keys.check_counts(), CheckCounts::default());
    for _ in 0..3 {
        assert!(fixture.accepts(&secret).await);
    }
    assert!(!fixture.accepts(&expired).await);
    assert!(!fixture.accepts(unknown.expose()).await);
    assert!(!fixture.accepts("cocore-malformed").await);
    let counts = fixture.keys.check_counts();
    assert_eq!((counts.active, counts.inactive), (3, 2));
    assert_eq!((counts.malformed, counts.looked_up), (1, 0));
    // The key that is expired is still in memory.
    assert_eq!(fixture.keys.count_in_memory(), 2);
    assert!(fixture.delete(ALICE, &expiring.id).await);
    assert_eq!(fixture.keys.count_in_memory(), 1);
    assert_eq!(fixture.keys.current_for(), None);
    // The set is not trusted any more.
    drop(fixture.store.0.subscriber.lock().unwrap().take());
    assert_eq!(fixture.keys.current_for(), Some(Duration::ZERO));
    assert!(fixture.accepts(&secret).await);
    fixture.down(Some("all"));
    assert!(fixture.keys.verify(&secret).await.is_err());
    let counts = fixture.keys.check_counts();
    assert_eq!((counts.active, counts.unavailable), (4, 1));
    assert_eq!(counts.looked_up, 2);
}
