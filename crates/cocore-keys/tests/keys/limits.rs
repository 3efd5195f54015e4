//! Limits for calls of models: who may set them, and whose they are.

use std::time::Duration;

use cocore_keys::{CallLimits, Caller, CallerCredential, EventKind, KeyError};

use crate::fixture::{ALICE, BOB, Fixture, caller, session};

const HOUR: Duration = Duration::from_secs(3600);

fn tokens(number: u64) -> CallLimits {
    CallLimits {
        tokens_per_day: Some(number),
        ..CallLimits::default()
    }
}

impl Fixture {
    async fn limit(&self, caller: &Caller, id: Option<&str>, number: u64) -> Result<(), KeyError> {
        self.keys.set_limits(caller, id, tokens(number)).await
    }

    /// Returns the limits of a key of Alice, or of her account.
    fn limits(&self, id: &str) -> Option<CallLimits> {
        let rows = self.tables().limits;
        let mut rows = rows.into_iter();
        let row = rows.find(|row| row.0 == ALICE && row.1 == id);
        row.map(|row| row.2)
    }
}

#[tokio::test]
async fn an_owner_limits_keys_and_the_operator_the_account() {
    let fixture = Fixture::new().await;
    let (key, _) = fixture.create(None).await;
    let operator = caller(ALICE, CallerCredential::Operator);
    for (number, owner) in [
        session(ALICE),
        caller(ALICE, CallerCredential::ServiceAuth),
        operator.clone(),
    ]
    .iter()
    .enumerate()
    {
        let number = number as u64;
        fixture.limit(owner, Some(&key.id), number).await.unwrap();
        assert_eq!(fixture.limits(&key.id), Some(tokens(number)));
        let event = &fixture.events().await[0];
        assert_eq!((event.kind, &event.key_id), (EventKind::Limited, &key.id));
    }
    let refused = fixture.limit(&session(ALICE), None, 1).await.unwrap_err();
    assert!(matches!(refused, KeyError::OperatorOnly), "{refused}");
    assert_eq!(fixture.limits(""), None);
    fixture.limit(&operator, None, 7).await.unwrap();
    assert_eq!(fixture.limits(""), Some(tokens(7)));
}

#[tokio::test]
async fn a_key_limits_what_descends_from_it_alone() {
    let fixture = Fixture::new().await;
    let (own, _) = fixture.create(None).await;
    let (sibling, _) = fixture.create(None).await;
    let child = fixture.create_below(&own.id, "").await;
    let grandchild = fixture.create_below(&child.id, "").await;
    let by = fixture.caller_of(&own.id).await;
    for id in [&child.id, &grandchild.id] {
        fixture.limit(&by, Some(id), 5).await.unwrap();
        assert_eq!(fixture.limits(id), Some(tokens(5)));
    }
    let by_child = fixture.caller_of(&child.id).await;
    for (by, id) in [
        (&by, &own.id),
        (&by, &sibling.id),
        (&by_child, &own.id),
        (&by_child, &child.id),
    ] {
        let refused = fixture.limit(by, Some(id), 9).await.unwrap_err();
        assert!(matches!(refused, KeyError::OwnLimits), "{refused}");
    }
    let refused = fixture.limit(&by, None, 9).await.unwrap_err();
    assert!(matches!(refused, KeyError::OperatorOnly), "{refused}");
    // A key that was revoked since it authenticated the caller limits nothing.
    assert!(fixture.revoke(ALICE, &own.id).await);
    let refused = fixture.limit(&by, Some(&child.id), 9).await.unwrap_err();
    assert!(matches!(refused, KeyError::CallerEnded), "{refused}");
    assert_eq!(fixture.limits(&child.id), Some(tokens(5)));
}

/// A key that has replaced itself, or was replaced by a key that it has created, does not empty the limits that hold for it.
#[tokio::test]
async fn a_rotation_frees_no_key_of_its_limits() {
    for rotates_itself in [true, false] {
        let fixture = Fixture::new().await;
        let (own, _) = fixture.create(None).await;
        let child = fixture.create_below(&own.id, "").await;
        fixture
            .limit(&session(ALICE), Some(&own.id), 5)
            .await
            .unwrap();
        let by_own = fixture.caller_of(&own.id).await;
        let by_child = fixture.caller_of(&child.id).await;
        let rotator = if rotates_itself { &by_own } else { &by_child };
        let rotated = fixture.rotate(rotator, &own.id, HOUR).await;
        let (replacement, _) = rotated.unwrap();
        for (caller, id) in [
            (&own.id, &replacement.id),
            (&child.id, &replacement.id),
            (&replacement.id, &replacement.id),
        ] {
            let by = fixture.caller_of(caller).await;
            let refused = fixture.limit(&by, Some(id), 9).await.unwrap_err();
            assert!(
                matches!(refused, KeyError::OwnLimits),
                "{rotates_itself}: {refused}"
            );
        }
        assert_eq!(fixture.limits(&replacement.id), Some(tokens(5)));
    }
}

#[tokio::test]
async fn only_active_keys_of_the_account_are_limited() {
    let fixture = Fixture::new().await;
    let (revoked, _) = fixture.create(None).await;
    let (replaced, _) = fixture.create(None).await;
    fixture
        .limit(&session(ALICE), Some(&replaced.id), 5)
        .await
        .unwrap();
    let rotated = fixture.rotate(&session(ALICE), &replaced.id, HOUR).await;
    let (replacement, _) = rotated.unwrap();
    // The limits are those of the key that replaces it.
    assert_eq!(fixture.limits(&replacement.id), Some(tokens(5)));
    assert_eq!(fixture.limits(&replaced.id), None);
    assert!(fixture.revoke(ALICE, &revoked.id).await);
    for id in [&revoked.id, &replaced.id] {
        let refused = fixture
            .limit(&session(ALICE), Some(id), 9)
            .await
            .unwrap_err();
        assert!(matches!(refused, KeyError::NotActive), "{refused}");
    }
    for (by, id) in [
        (session(BOB), &*replacement.id),
        (session(ALICE), "no-such-key"),
        (session(ALICE), &*"x".repeat(300)),
    ] {
        let refused = fixture.limit(&by, Some(id), 9).await.unwrap_err();
        assert!(matches!(refused, KeyError::NotFound), "{refused}");
    }
    assert_eq!(fixture.tables().limits.len(), 1);
}
