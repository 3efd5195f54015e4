//! How many keys an account may have.

use std::num::NonZeroU32;
use std::time::Duration;

use cocore_keys::{CallerCredential, KeyError, Quota};

use crate::fixture::{ALICE, BOB, Fixture, caller, named, session};

const ZERO: Duration = Duration::ZERO;
const HOUR: Duration = Duration::from_secs(3600);

/// A limit of active keys, and of keys in all. 0 is none.
async fn limited(max_active: u32, max_keys: u32) -> Fixture {
    let quota = Quota {
        max_active: NonZeroU32::new(max_active),
        max_keys: NonZeroU32::new(max_keys),
    };
    Fixture::with_quota(quota).await
}

/// Returns whether a key could be created, or the number that the error names.
async fn create(fixture: &Fixture, did: &str) -> Result<String, u32> {
    match fixture.create_by(&session(did), named("n")).await {
        Ok((key, _)) => Ok(key.id),
        Err(KeyError::QuotaExceeded(max)) => Err(max),
        Err(error) => panic!("{error:?}"),
    }
}

async fn rotate(fixture: &Fixture, id: &str, grace: Duration) -> Result<String, u32> {
    match fixture.rotate(&session(ALICE), id, grace).await {
        Ok((key, _)) => Ok(key.id),
        Err(KeyError::QuotaExceeded(max)) => Err(max),
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn an_account_has_so_many_active_keys_and_no_more() {
    let fixture = limited(2, 0).await;
    let first = create(&fixture, ALICE).await.unwrap();
    let (expiring, _) = fixture.create(Some("2030-01-01T00:00:10Z")).await;
    let before = fixture.tables();
    assert_eq!(create(&fixture, ALICE).await, Err(2));
    assert_eq!(fixture.tables(), before);
    // Accounts are counted each for itself.
    create(&fixture, BOB).await.unwrap();
    // A revoked key does not count, nor does a deleted or an expired one.
    fixture.revoke(ALICE, &first).await;
    let second = create(&fixture, ALICE).await.unwrap();
    assert_eq!(create(&fixture, ALICE).await, Err(2));
    fixture.delete(ALICE, &second).await;
    create(&fixture, ALICE).await.unwrap();
    assert_eq!(create(&fixture, ALICE).await, Err(2));
    fixture.set("2030-01-01T00:00:10Z");
    create(&fixture, ALICE).await.unwrap();
    assert_eq!(create(&fixture, ALICE).await, Err(2));
    assert_eq!(fixture.find(&expiring.id).await, expiring);
}

#[tokio::test]
async fn the_keys_of_a_key_count_for_its_account() {
    let fixture = limited(2, 0).await;
    let (_, secret) = fixture.create(None).await;
    let parent = fixture.caller(&secret).await;
    fixture.create_by(&parent, named("n")).await.unwrap();
    let error = fixture.create_by(&parent, named("n")).await;
    assert!(
        matches!(error, Err(KeyError::QuotaExceeded(2))),
        "{error:?}"
    );
}

/// A key in its grace period does not count as active: a key can always be replaced, and there are never more keys in
/// their grace period than there may be active keys.
#[tokio::test]
async fn keys_in_their_grace_period_are_counted_by_themselves() {
    let fixture = limited(2, 0).await;
    let first = create(&fixture, ALICE).await.unwrap();
    create(&fixture, ALICE).await.unwrap();
    let second = rotate(&fixture, &first, HOUR).await.unwrap();
    assert_eq!(create(&fixture, ALICE).await, Err(2));
    let third = rotate(&fixture, &second, HOUR).await.unwrap();
    let before = fixture.tables();
    assert_eq!(rotate(&fixture, &third, HOUR).await, Err(2));
    assert_eq!(fixture.tables(), before);
    // Without a grace period, none is added.
    let fourth = rotate(&fixture, &third, ZERO).await.unwrap();
    assert_eq!(create(&fixture, ALICE).await, Err(2));
    // The grace periods have ended.
    fixture.set("2030-01-01T01:00:00Z");
    rotate(&fixture, &fourth, HOUR).await.unwrap();
}

#[tokio::test]
async fn the_oldest_ended_key_is_removed_for_a_new_one() {
    let fixture = limited(0, 3).await;
    let first = create(&fixture, ALICE).await.unwrap();
    let (expiring, _) = fixture.create(Some("2030-01-01T00:00:10Z")).await;
    let third = create(&fixture, ALICE).await.unwrap();
    // Nothing has ended.
    let before = fixture.tables();
    assert_eq!(create(&fixture, ALICE).await, Err(3));
    assert_eq!(fixture.tables(), before);
    let ids = || async {
        let keys = fixture.keys.list(ALICE).await.unwrap().into_iter().rev();
        keys.map(|key| key.id).collect::<Vec<_>>()
    };
    // The oldest that has ended, not the one that has ended first.
    fixture.revoke(ALICE, &third).await;
    fixture.set("2030-01-01T00:00:10Z");
    let fourth = create(&fixture, ALICE).await.unwrap();
    assert_eq!(ids().await, [first.clone(), third.clone(), fourth.clone()]);
    let fifth = create(&fixture, ALICE).await.unwrap();
    assert_eq!(ids().await, [first, fourth, fifth.clone()]);
    assert_eq!(create(&fixture, ALICE).await, Err(3));
    // An account that only revokes is never locked out, and its events stay.
    let mut last = fifth;
    for _ in 0..10 {
        fixture.revoke(ALICE, &last).await;
        last = create(&fixture, ALICE).await.unwrap();
        assert_eq!(ids().await.len(), 3);
    }
    let events = fixture.events().await;
    let of_expiring = events.iter().filter(|event| event.key_id == expiring.id);
    assert_eq!(of_expiring.count(), 1);
}

/// The replaced key is one more, until it is removed for the next one.
#[tokio::test]
async fn a_full_account_replaces_keys() {
    let fixture = limited(0, 2).await;
    create(&fixture, ALICE).await.unwrap();
    let mut last = create(&fixture, ALICE).await.unwrap();
    for _ in 0..5 {
        last = rotate(&fixture, &last, ZERO).await.unwrap();
        assert_eq!(fixture.keys.list(ALICE).await.unwrap().len(), 3);
    }
    // A key in its grace period cannot be removed.
    last = rotate(&fixture, &last, HOUR).await.unwrap();
    for _ in 0..5 {
        assert_eq!(rotate(&fixture, &last, HOUR).await, Err(3));
        assert_eq!(fixture.keys.list(ALICE).await.unwrap().len(), 3);
    }
    fixture.set("2030-01-01T01:00:00Z");
    rotate(&fixture, &last, HOUR).await.unwrap();
    assert_eq!(fixture.keys.list(ALICE).await.unwrap().len(), 3);
}

/// The lineage of a key that is removed for a new one stays.
#[tokio::test]
async fn a_cascade_reaches_the_descendants_of_a_removed_key() {
    let fixture = limited(0, 2).await;
    let (parent, _) = fixture.create(None).await;
    let child = fixture.create_below(&parent.id, "").await;
    fixture.revoke(ALICE, &parent.id).await;
    create(&fixture, ALICE).await.unwrap();
    assert!(
        fixture
            .keys
            .find(ALICE, &parent.id)
            .await
            .unwrap()
            .is_none()
    );
    let revoked = fixture.keys.revoke(&session(ALICE), &parent.id, true).await;
    assert_eq!(revoked.unwrap(), [child.id]);
}

#[tokio::test]
async fn the_operator_has_no_quota() {
    let fixture = limited(1, 1).await;
    let operator = caller(ALICE, CallerCredential::Operator);
    for number in 1..5 {
        let (key, _) = fixture.create_by(&operator, named("n")).await.unwrap();
        fixture.rotate(&operator, &key.id, HOUR).await.unwrap();
        let count = fixture.keys.list(ALICE).await.unwrap().len();
        assert_eq!(count, 2 * number);
    }
    // An account above the limit keeps its keys.
    assert_eq!(create(&fixture, ALICE).await, Err(1));
    let service = caller(ALICE, CallerCredential::ServiceAuth);
    let error = fixture.create_by(&service, named("n")).await;
    assert!(
        matches!(error, Err(KeyError::QuotaExceeded(1))),
        "{error:?}"
    );
    assert_eq!(fixture.keys.list(ALICE).await.unwrap().len(), 8);
}
