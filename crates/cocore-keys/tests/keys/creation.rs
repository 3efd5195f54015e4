//! Keys that keys create: they hand on no more than they have.

use cocore_keys::{
    Access, Caller, CallerCredential, Key, KeyError, KeyTransaction, Models, Quota, Scopes,
    TransactionFailed,
};

use crate::fixture::{ALICE, Fixture, Parts, caller, grant, named, request, session, time};
use crate::memory::Before;

const CALL: &str = "rpc:com.example.call?aud=did:web:s.example%23svc";
const CALL_ANY: &str = "rpc:*?aud=did:web:s.example%23svc";
const RECORDS: &str = "repo:com.example.record";
const CREATE_RECORDS: &str = "repo:com.example.record?action=create";
const SOON: &str = "2030-01-02T00:00:00Z";
const LATE: &str = "2030-01-03T00:00:00Z";

/// Each case: what the parent has, what is asked for, and what the new key has, or what the error names.
#[tokio::test]
async fn a_key_hands_on_no_more_than_it_has() {
    let both = &*format!("{CALL} {RECORDS}");
    let cases: &[(Parts<'_>, Parts<'_>, Result<Parts<'_>, &str>)] = &[
        // A key without limits hands on everything, or what is asked for.
        (("", "", ""), ("", "", ""), Ok(("", "", ""))),
        (("", "", ""), (CALL, "m", SOON), Ok((CALL, "m", SOON))),
        // What is left out is handed on.
        ((both, "", ""), ("", "", ""), Ok((both, "", ""))),
        ((CALL, "m n", SOON), ("", "", ""), Ok((CALL, "m n", SOON))),
        ((CALL, "m n", SOON), ("", "n", ""), Ok((CALL, "n", SOON))),
        // Equal, and narrower.
        ((both, "m", SOON), (both, "m", SOON), Ok((both, "m", SOON))),
        ((both, "", ""), (RECORDS, "", ""), Ok((RECORDS, "", ""))),
        ((CALL_ANY, "", ""), (CALL, "", ""), Ok((CALL, "", ""))),
        (
            (RECORDS, "", ""),
            (CREATE_RECORDS, "", ""),
            Ok((CREATE_RECORDS, "", "")),
        ),
        (("", "", LATE), ("", "", SOON), Ok(("", "", SOON))),
        // Wider. The error names the scope in its normal form.
        ((RECORDS, "", ""), (CALL, "", ""), Err("com.example.call")),
        ((RECORDS, "", ""), (both, "", ""), Err("com.example.call")),
        ((CALL, "", ""), (CALL_ANY, "", ""), Err("rpc:*")),
        (
            (CREATE_RECORDS, "", ""),
            (RECORDS, "", ""),
            Err("repo:com.example.record"),
        ),
        (("", "m", ""), ("", "m n", ""), Err("n: the key")),
        (
            ("", "", SOON),
            ("", "", LATE),
            Err("2030-01-02T00:00:00.000Z"),
        ),
        ((CALL, "m", SOON), (CALL, "m", LATE), Err("2030-01-02")),
    ];
    for (parent, asked, expected) in cases {
        let case = format!("{parent:?} {asked:?}");
        let fixture = Fixture::new().await;
        let made = fixture.create_by(&session(ALICE), request(*parent)).await;
        let (parent, secret) = made.unwrap();
        let caller = fixture.caller(&secret).await;
        match (fixture.create_by(&caller, request(*asked)).await, expected) {
            (Ok((key, secret)), Ok((scopes, models, expires_at))) => {
                let expected = grant(scopes, models, expires_at);
                assert_eq!(key.grant(), expected, "{case}");
                assert_eq!(key.parent, Some(parent.id), "{case}");
                assert_eq!(fixture.find(&key.id).await, key, "{case}");
                let verified = fixture.keys.verify(&secret).await.unwrap().unwrap();
                assert_eq!(verified.access, expected.access, "{case}");
                assert_eq!(verified.expires_at, expected.expires_at, "{case}");
            }
            (Err(error), Err(text)) => {
                assert!(matches!(error, KeyError::TooWide(_)), "{case}: {error:?}");
                assert!(error.to_string().contains(text), "{case}: {error}");
                assert_eq!(fixture.keys.list(ALICE).await.unwrap().len(), 1, "{case}");
            }
            (found, _) => panic!("{case}: {found:?}"),
        }
    }
}

#[tokio::test]
async fn other_callers_than_keys_are_no_parents() {
    let fixture = Fixture::new().await;
    for credential in [
        CallerCredential::Session,
        CallerCredential::ServiceAuth,
        CallerCredential::Operator,
    ] {
        let caller = caller(ALICE, credential);
        let (key, _) = fixture.create_by(&caller, named("n")).await.unwrap();
        assert_eq!((key.parent, key.replaces), (None, None));
        assert!(key.access.is_everything());
    }
}

/// A stored text that cannot be read allows nothing, and that is handed on.
#[tokio::test]
async fn scopes_that_cannot_be_read_hand_on_nothing() {
    let fixture = Fixture::new().await;
    let (parent, _) = fixture.create(None).await;
    let access = Access::from_stored(Some("repo:"), None);
    fixture.edit(&parent.id, |key| key.access = access);
    let caller = fixture.caller_of(&parent.id).await;
    let error = fixture.create_by(&caller, request((RECORDS, "", ""))).await;
    assert!(matches!(error, Err(KeyError::TooWide(_))));
    let (key, _) = fixture.create_by(&caller, named("n")).await.unwrap();
    assert!(!key.access.is_everything());
    assert!(
        !key.access
            .allows_method("com.example.call", "did:web:s.example#svc")
    );
}

/// What another server does after the caller was authenticated.
fn interruptions(id: &str) -> Vec<(&'static str, Box<Before>)> {
    type Change = fn(&mut dyn KeyTransaction, &str) -> Result<(), TransactionFailed>;
    let changes: [(&str, Change); 6] = [
        ("revoked", |transaction, id| {
            let at = time("2030-01-01T00:00:00Z");
            transaction.revoke(ALICE, id, false, at).map(drop)
        }),
        ("revoked with all", |transaction, id| {
            let at = time("2030-01-01T00:00:00Z");
            transaction.revoke(ALICE, id, true, at).map(drop)
        }),
        ("deleted", |transaction, id| {
            transaction.delete(ALICE, id).map(drop)
        }),
        ("narrowed", |transaction, id| {
            let mut stored = transaction.find(ALICE, id)?.unwrap();
            stored.key.access = Access::new(Some(Scopes::parse(CALL).unwrap()), None);
            transaction.update(&stored)
        }),
        ("limited to a model", |transaction, id| {
            let mut stored = transaction.find(ALICE, id)?.unwrap();
            stored.key.access = Access::new(None, Some(Models::parse(["m"]).unwrap()));
            transaction.update(&stored)
        }),
        ("shortened", |transaction, id| {
            let mut stored = transaction.find(ALICE, id)?.unwrap();
            stored.key.expires_at = Some(time(SOON));
            transaction.update(&stored)
        }),
    ];
    let prepare = |(name, change): (&'static str, Change)| {
        let id = id.to_owned();
        let before = move |transaction: &mut dyn KeyTransaction| change(transaction, &id).unwrap();
        (name, Box::new(before) as Box<Before>)
    };
    changes.into_iter().map(prepare).collect()
}

/// A key that ends, or has less, between its authentication and the transaction changes nothing.
#[tokio::test]
async fn the_state_of_the_caller_is_checked_again() {
    let limited = Quota {
        max_active: std::num::NonZeroU32::new(10),
        max_keys: None,
    };
    for quota in [Quota::default(), limited] {
        for action in ["create", "rotate", "rotate itself", "update"] {
            for case in 0..interruptions("").len() {
                let fixture = Fixture::with_quota(quota).await;
                let (parent, secret) = fixture.create(None).await;
                let (other, _) = fixture.create(None).await;
                let caller = fixture.caller(&secret).await;
                let (name, before) = interruptions(&parent.id).swap_remove(case);
                *fixture.store.0.before.lock().unwrap() = Some(before);
                let result = act(&fixture, &caller, action, &parent, &other).await;
                let case = format!("{action}, {name}: {result:?}");
                let is_expected = match name {
                    "revoked" | "revoked with all" | "deleted" => {
                        matches!(result, Err(KeyError::CallerEnded))
                    }
                    // It is still a good key.
                    _ => matches!(result, Err(KeyError::CallerChanged)),
                };
                assert!(is_expected, "{case}");
                let keys = fixture.keys.list(ALICE).await.unwrap();
                assert_eq!(keys.len(), if name == "deleted" { 1 } else { 2 }, "{case}");
                assert_eq!(fixture.find(&other.id).await, other, "{case}");
                assert_eq!(fixture.events().await.len(), keys.len(), "{case}");
            }
        }
    }
}

async fn act(
    fixture: &Fixture,
    caller: &Caller,
    action: &str,
    own: &Key,
    other: &Key,
) -> Result<(), KeyError> {
    let keys = &fixture.keys;
    let zero = std::time::Duration::ZERO;
    match action {
        "create" => keys.create(caller, named("n"), None).await.map(drop),
        "rotate" => keys.rotate(caller, &other.id, zero, None).await.map(drop),
        "rotate itself" => keys.rotate(caller, &own.id, zero, None).await.map(drop),
        _ => {
            let update = cocore_keys::KeyUpdate {
                name: Some(named("other").name),
                ..Default::default()
            };
            keys.update(caller, &other.id, update).await.map(drop)
        }
    }
}

#[tokio::test]
async fn a_key_that_expires_before_the_transaction_creates_nothing() {
    let fixture = Fixture::new().await;
    let (_, secret) = fixture.create(Some("2030-01-01T00:00:01Z")).await;
    let caller = fixture.caller(&secret).await;
    fixture.create_by(&caller, named("n")).await.unwrap();
    fixture.set("2030-01-01T00:00:01Z");
    let error = fixture.create_by(&caller, named("n")).await;
    assert!(matches!(error, Err(KeyError::CallerEnded)), "{error:?}");
}

/// What does not concern its grant does not end a caller.
#[tokio::test]
async fn a_renamed_caller_goes_on() {
    let fixture = Fixture::new().await;
    let (parent, secret) = fixture.create(None).await;
    let caller = fixture.caller(&secret).await;
    fixture.edit(&parent.id, |key| key.name = "other".to_owned());
    fixture.create_by(&caller, named("n")).await.unwrap();
}

/// A key that is replaced creates until its grace period ends, and nothing that lives longer.
#[tokio::test]
async fn a_replaced_key_hands_on_its_grace_period() {
    let fixture = Fixture::new().await;
    let (old, secret) = fixture.create(None).await;
    let hour = std::time::Duration::from_secs(3600);
    fixture
        .rotate(&session(ALICE), &old.id, hour)
        .await
        .unwrap();
    let caller = fixture.caller(&secret).await;
    let (key, _) = fixture.create_by(&caller, named("n")).await.unwrap();
    assert_eq!(key.expires_at, Some(time("2030-01-01T01:00:00Z")));
    let error = fixture.create_by(&caller, request(("", "", SOON))).await;
    assert!(matches!(error, Err(KeyError::TooWide(_))), "{error:?}");
}
