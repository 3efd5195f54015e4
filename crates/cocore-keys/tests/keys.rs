//! The key service, on a store in memory, with a clock that the test sets.
#![allow(clippy::unwrap_used)]

#[path = "keys/world.rs"]
mod world;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use cocore_keys::{CreateError, InvalidExpiry, KeyName, Secret};
use world::{ALICE, BOB, World, account, time};

#[tokio::test]
async fn a_key_ends_at_its_expiry_by_the_wall_clock() {
    let world = World::new().await;
    let (_, secret) = world.create(Some("2030-01-01T00:00:01.000Z")).await;
    for (now, expected) in [
        ("2030-01-01T00:00:00.000Z", true),
        ("2030-01-01T00:00:00.999Z", true),
        ("2030-01-01T00:00:01.000Z", false),
        ("2040-01-01T00:00:00Z", false),
        // A clock that is set back counts as it stands.
        ("2030-01-01T00:00:00.500Z", true),
    ] {
        world.set(now);
        assert_eq!(world.accepts(&secret).await, expected, "{now}");
    }
}

#[tokio::test]
async fn an_expiry_is_checked_against_the_clock() {
    let world = World::new().await;
    for (at, expected) in [
        ("2030-01-01T00:00:00Z", InvalidExpiry::NotInFuture),
        ("2029-12-31T23:59:59Z", InvalidExpiry::NotInFuture),
        ("9999-12-31T23:59:59-23:00", InvalidExpiry::TooFar),
    ] {
        let name = KeyName::parse("n").unwrap();
        let error = world
            .keys
            .create(&account(ALICE), name, Some(time(at)))
            .await
            .unwrap_err();
        assert!(
            matches!(error, CreateError::InvalidExpiry(found) if found == expected),
            "{at}"
        );
    }
    assert!(!world.keys.any().await.unwrap());
}

#[tokio::test]
async fn an_expired_key_can_still_be_revoked() {
    let world = World::new().await;
    let (key, _) = world.create(Some("2030-01-01T00:00:01Z")).await;
    world.set("2030-01-02T00:00:00Z");
    assert!(world.keys.revoke(ALICE, &key.id).await.unwrap());
    assert!(!world.keys.revoke(ALICE, &key.id).await.unwrap());
}

#[tokio::test]
async fn the_first_revocation_stays() {
    let world = World::new().await;
    let (key, secret) = world.create(None).await;
    assert!(!world.keys.revoke(BOB, &key.id).await.unwrap());
    assert!(world.accepts(&secret).await);
    assert!(world.keys.revoke(ALICE, &key.id).await.unwrap());
    world.set("2030-01-02T00:00:00Z");
    assert!(!world.keys.revoke(ALICE, &key.id).await.unwrap());
    let listed = world.keys.list(ALICE).await.unwrap();
    assert_eq!(listed[0].revoked_at, Some(time("2030-01-01T00:00:00Z")));
    assert!(!world.accepts(&secret).await);
    assert!(!world.keys.delete(BOB, &key.id).await.unwrap());
    assert!(world.keys.delete(ALICE, &key.id).await.unwrap());
    assert!(!world.keys.delete(ALICE, &key.id).await.unwrap());
}

#[tokio::test]
async fn the_last_use_goes_neither_back_nor_before_the_creation() {
    let world = World::new().await;
    let (key, secret) = world.create(None).await;
    let created = key.created_at;
    for (now, expected) in [
        ("2029-06-01T00:00:00Z", created),
        ("2030-01-01T00:00:05Z", created + TimeDelta::seconds(5)),
        ("2030-01-01T00:00:03Z", created + TimeDelta::seconds(5)),
    ] {
        world.set(now);
        assert!(world.accepts(&secret).await);
        let listed = world.keys.list(ALICE).await.unwrap();
        assert_eq!(listed[0].last_used_at, Some(expected), "{now}");
    }
}

#[tokio::test]
async fn ids_of_one_instant_are_in_the_order_of_their_creation() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(world.create(None).await.0.id);
    }
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
}

#[tokio::test]
async fn once_loaded_a_store_that_is_down_keeps_nobody_out() {
    let world = World::new().await;
    let (_, secret) = world.create(None).await;
    world.down(Some("all"));
    let owner = world.keys.verify(&secret).await.unwrap().unwrap();
    assert_eq!(owner.did.as_str(), ALICE);
    let unknown = Secret::from_random([99; 32]);
    assert!(!world.accepts(unknown.expose()).await, "a definite no");
    assert!(world.keys.list(ALICE).await.is_err());
    assert!(world.keys.write_uses().await.is_err());
    // Uses that could not be written are kept.
    world.down(None);
    world.keys.write_uses().await.unwrap();
    assert!(
        world.store.0.rows.lock().unwrap()[0]
            .key
            .last_used_at
            .is_some()
    );
}

#[tokio::test]
async fn until_it_is_loaded_each_check_asks_the_store() {
    let world = World::empty();
    let (_, secret) = world.create(None).await;
    assert!(world.accepts(&secret).await);
    world.down(Some("all"));
    assert!(world.keys.verify(&secret).await.is_err());
    // A text that is no key needs no store.
    assert!(world.keys.verify("cocore-x").await.unwrap().is_none());
    assert!(world.keys.subscribe().await.is_err());
    world.down(None);
    assert!(world.accepts(&secret).await);
    world.keys.subscribe().await.unwrap();
    world.down(Some("all"));
    assert!(world.accepts(&secret).await);
}

#[tokio::test]
async fn what_was_there_before_is_loaded_and_what_has_ended_is_not() {
    let world = World::empty();
    let (_, good) = world.create(None).await;
    let (revoked_key, revoked) = world.create(None).await;
    let (_, expired) = world.create(Some("2030-01-01T00:00:01Z")).await;
    world.keys.revoke(ALICE, &revoked_key.id).await.unwrap();
    world.set("2030-01-01T00:00:02Z");
    world.keys.subscribe().await.unwrap();
    world.down(Some("all"));
    assert!(world.accepts(&good).await);
    assert!(!world.accepts(&revoked).await);
    assert!(!world.accepts(&expired).await);
}

/// Uses show while they are on their way to the store, also those of a key that has ended.
#[tokio::test]
async fn a_use_shows_before_it_is_written() {
    let world = World::new().await;
    let (key, secret) = world.create(None).await;
    assert!(world.accepts(&secret).await);
    world.keys.revoke(ALICE, &key.id).await.unwrap();
    let hold = Arc::new(tokio::sync::Notify::new());
    *world.store.0.hold.lock().unwrap() = Some(hold.clone());
    let list = async {
        let used = world.keys.list(ALICE).await.unwrap()[0].last_used_at;
        assert!(used.is_some());
        hold.notify_one();
    };
    let (written, ()) = tokio::join!(world.keys.write_uses(), list);
    written.unwrap();
    let used = world.keys.list(ALICE).await.unwrap()[0].last_used_at;
    assert!(used.is_some());
}

#[tokio::test]
async fn many_uses_are_one_write() {
    let world = World::new().await;
    let mut secrets = Vec::new();
    for _ in 0..50 {
        secrets.push(world.create(None).await.1);
    }
    for second in 1..10 {
        world.set(&format!("2030-01-01T00:00:0{second}Z"));
        for secret in &secrets {
            assert!(world.accepts(secret).await);
        }
    }
    assert_eq!(*world.store.0.written.lock().unwrap(), 0);
    let last = Some(time("2030-01-01T00:00:09Z"));
    let listed = world.keys.list(ALICE).await.unwrap();
    assert!(
        listed.iter().all(|key| key.last_used_at == last),
        "shown, written or not"
    );
    // One ends before its use is written.
    world.keys.revoke(ALICE, &listed[0].id).await.unwrap();
    assert_eq!(world.keys.list(ALICE).await.unwrap()[0].last_used_at, last);
    world.keys.write_uses().await.unwrap();
    world.keys.write_uses().await.unwrap();
    assert_eq!(*world.store.0.written.lock().unwrap(), 1);
    let stored = world.store.0.rows.lock().unwrap();
    assert!(stored.iter().all(|new| new.key.last_used_at == last));
}

/// The set against a plain map, over many inserts and removals.
#[tokio::test]
async fn the_set_holds_what_was_put_in_and_nothing_else() {
    let world = World::new().await;
    let mut all = Vec::new();
    for round in 0..600 {
        // Accounts come and go with their keys.
        let did = format!("did:web:{}.example", round / 20);
        let (key, secret) = world.create_for(&did, None).await;
        all.push((key, secret, true));
        if round % 3 == 2 {
            let (key, _, live) = &mut all[round / 2];
            *live = !world.keys.delete(&key.did, &key.id).await.unwrap() && *live;
        }
        if round % 20 == 19 {
            for (key, _, live) in all[round - 19..].iter_mut().step_by(1 + round % 3) {
                *live = !world.keys.revoke(&key.did, &key.id).await.unwrap() && *live;
            }
        }
    }
    world.down(Some("all"));
    for (key, secret, live) in &all {
        let owner = world.keys.verify(secret).await.unwrap();
        let did = owner.as_ref().map(|owner| owner.did.as_str());
        assert_eq!(did, live.then_some(&key.did[..]), "{}", key.id);
    }
    assert!(all.iter().filter(|(.., live)| !live).count() > 100);
}

#[tokio::test]
async fn an_id_that_is_too_long_is_not_looked_up() {
    let world = World::new().await;
    world.down(Some("all"));
    assert!(!world.keys.revoke(ALICE, &"x".repeat(201)).await.unwrap());
    assert!(!world.keys.delete(ALICE, &"x".repeat(201)).await.unwrap());
    assert!(world.keys.delete(ALICE, &"x".repeat(200)).await.is_err());
}

#[tokio::test]
async fn what_is_stored_is_the_digest() {
    let world = World::new().await;
    let (key, secret) = world.create(None).await;
    let stored = world.store.0.rows.lock().unwrap()[0].clone();
    assert_eq!(stored.digest(), Secret::parse(&secret).unwrap().digest());
    assert_eq!(key.prefix, secret[..15]);
    assert!(!format!("{stored:?}").contains(&secret[15..]));
}

#[tokio::test]
async fn what_is_long_expired_leaves_the_memory_and_what_may_live_again_does_not() {
    let world = World::new().await;
    let (_, soon) = world.create(Some("2030-01-01T00:00:01Z")).await;
    world.create(Some("2030-01-02T00:00:00Z")).await;
    let (_, endless) = world.create(None).await;
    world.set("2030-01-01T23:00:00Z");
    assert_eq!(world.keys.evict_expired().await.unwrap(), 0);
    world.set("2030-01-02T01:00:00Z");
    assert_eq!(world.keys.evict_expired().await.unwrap(), 1);
    assert_eq!(world.keys.evict_expired().await.unwrap(), 0);
    world.down(Some("all"));
    assert!(world.accepts(&endless).await);
    assert!(!world.accepts(&soon).await);
}

/// A store can vouch for what is in memory up to a moment.
#[tokio::test]
async fn what_is_no_more_vouched_for_is_looked_up() {
    let world = World::new().await;
    let (_, secret) = world.create(None).await;
    let mut writer = world.store.0.subscriber.lock().unwrap().take().unwrap();
    // The steady clock of this world stands at zero.
    for (until, from_memory) in [(0, false), (1, true), (0, false), (u64::MAX, true)] {
        writer.trust_until(Duration::from_nanos(until));
        world.down(Some("all"));
        assert_eq!(world.keys.verify(&secret).await.is_ok(), from_memory);
        assert_eq!(world.keys.is_current(), from_memory);
        world.down(None);
        assert!(world.accepts(&secret).await, "looked up");
    }
    // Emptied, it does not answer, and the uses are still known.
    writer.reset();
    assert!(world.accepts(&secret).await);
    world.keys.write_uses().await.unwrap();
    assert!(
        world.store.0.rows.lock().unwrap()[0]
            .key
            .last_used_at
            .is_some()
    );
}
