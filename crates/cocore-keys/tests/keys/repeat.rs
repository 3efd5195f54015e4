//! Requests that are made twice.

use std::sync::Arc;
use std::time::Duration;

use cocore_keys::{Caller, CreateRequest, Created, KeyError, Repeatable, StoredAnswer};

use crate::fixture::{ALICE, BOB, Fixture, grant, named, new, request, session, time};

const HOUR: Duration = Duration::from_secs(3600);

/// A request with these hashes. Its answer contains the id and the secret.
fn repeatable(request: u8, body: u8) -> Option<Repeatable> {
    Some(Repeatable {
        request: [request; 32],
        body: [body; 32],
        seal: Arc::new(|key, secret| format!("{} {}", key.id, secret.expose()).into_bytes()),
    })
}

/// What a request is.
#[derive(Clone, Copy, Debug)]
enum Method {
    Create,
    Rotate,
}

/// Makes a request to create a key, or to replace the key with this id.
async fn send(
    fixture: &Fixture,
    caller: &Caller,
    (method, id): (Method, &str),
    repeatable: Option<Repeatable>,
) -> Result<Created, KeyError> {
    let keys = &fixture.keys;
    match method {
        Method::Create => keys.create(caller, named("n"), repeatable).await,
        Method::Rotate => keys.rotate(caller, id, HOUR, repeatable).await,
    }
}

#[track_caller]
fn answer(result: Result<Created, KeyError>) -> String {
    match result.unwrap() {
        Created::New(key, secret) => format!("{} {}", key.id, secret.expose()),
        Created::Repeated(sealed) => format!("again {}", String::from_utf8(sealed).unwrap()),
    }
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_creates_one_key() {
    for method in [Method::Create, Method::Rotate] {
        let fixture = Fixture::new().await;
        let (old, _) = fixture.create(None).await;
        let alice = session(ALICE);
        let what = (method, &*old.id);
        let first = answer(send(&fixture, &alice, what, repeatable(1, 1)).await);
        let before = fixture.tables();
        fixture.set("2030-01-01T23:59:59.999Z");
        for _ in 0..3 {
            let again = answer(send(&fixture, &alice, what, repeatable(1, 1)).await);
            assert_eq!(again, format!("again {first}"));
        }
        // Another body is a conflict, whatever else is wrong with it.
        for id in [&*old.id, "unknown"] {
            let error = send(&fixture, &alice, (method, id), repeatable(1, 2)).await;
            assert!(
                matches!(error, Err(KeyError::IdempotencyConflict)),
                "{error:?}"
            );
        }
        assert_eq!(fixture.tables(), before);
        let secret = first.split(' ').nth(1).unwrap();
        assert!(fixture.accepts(secret).await);
    }
}

#[tokio::test]
async fn another_request_creates_another_key() {
    let fixture = Fixture::new().await;
    // The account and the credential are part of the hash.
    let create = (Method::Create, "");
    let first = answer(send(&fixture, &session(ALICE), create, repeatable(1, 1)).await);
    let second = answer(send(&fixture, &session(ALICE), create, repeatable(2, 1)).await);
    let third = answer(send(&fixture, &session(BOB), create, repeatable(3, 1)).await);
    let fourth = answer(send(&fixture, &session(ALICE), create, None).await);
    let fifth = answer(send(&fixture, &session(ALICE), create, None).await);
    let all = [&first, &second, &third, &fourth, &fifth];
    assert!(all.iter().all(|text| !text.starts_with("again")));
    assert_eq!(fixture.tables().keys.len(), 5);
    assert_eq!(fixture.tables().answers.len(), 3);
}

#[tokio::test]
async fn an_answer_expires_after_a_day() {
    let fixture = Fixture::new().await;
    let create = (Method::Create, "");
    answer(send(&fixture, &session(ALICE), create, repeatable(1, 1)).await);
    fixture.set("2030-01-02T00:00:00Z");
    let second = answer(send(&fixture, &session(ALICE), create, repeatable(1, 2)).await);
    assert!(!second.starts_with("again"));
    let third = answer(send(&fixture, &session(ALICE), create, repeatable(1, 2)).await);
    assert_eq!(third, format!("again {second}"));
    assert_eq!(fixture.tables().answers.len(), 1);
}

/// The secret of a key is not kept for longer than the key may be used.
#[tokio::test]
async fn an_answer_is_removed_with_its_key() {
    for end in [
        "revoke",
        "revoke all",
        "revoke parent",
        "rotate",
        "rotate later",
        "delete",
    ] {
        let fixture = Fixture::new().await;
        let (parent, secret) = fixture.create(None).await;
        let (other, _) = fixture.create(None).await;
        let caller = fixture.caller(&secret).await;
        let create = (Method::Create, "");
        let (key, _) = new(send(&fixture, &caller, create, repeatable(1, 1))
            .await
            .unwrap());
        answer(send(&fixture, &caller, create, repeatable(2, 1)).await);
        let rotate = (Method::Rotate, &*other.id);
        answer(send(&fixture, &session(ALICE), rotate, repeatable(3, 1)).await);
        let (alice, keys) = (session(ALICE), &fixture.keys);
        match end {
            "revoke" => drop(keys.revoke(&alice, &key.id, false).await.unwrap()),
            "revoke all" => drop(keys.revoke(&alice, &key.id, true).await.unwrap()),
            "revoke parent" => drop(keys.revoke(&alice, &parent.id, true).await.unwrap()),
            "rotate" => drop(
                fixture
                    .rotate(&alice, &key.id, Duration::ZERO)
                    .await
                    .unwrap(),
            ),
            "rotate later" => drop(fixture.rotate(&alice, &key.id, HOUR).await.unwrap()),
            _ => assert!(keys.delete(&alice, &key.id).await.unwrap()),
        }
        let answers = fixture.tables().answers;
        let requests: Vec<_> = answers.iter().map(|answer| answer.request[0]).collect();
        let expected: &[u8] = if end == "revoke parent" {
            &[3]
        } else {
            &[2, 3]
        };
        assert_eq!(requests, expected, "{end}");
    }
}

#[tokio::test]
async fn what_is_stored_is_what_was_encrypted() {
    let fixture = Fixture::new().await;
    let create = (Method::Create, "");
    let (key, secret) = new(send(&fixture, &session(ALICE), create, repeatable(1, 2))
        .await
        .unwrap());
    let expected = StoredAnswer {
        request: [1; 32],
        body: [2; 32],
        sealed: format!("{} {secret}", key.id).into_bytes(),
        key_id: key.id,
        expires_at: time("2030-01-02T00:00:00Z"),
    };
    assert_eq!(fixture.tables().answers, [expected]);
}

/// A request that failed is made anew.
#[tokio::test]
async fn an_error_is_not_kept() {
    let fixture = Fixture::new().await;
    let (old, _) = fixture.create(Some("2030-01-01T00:00:01Z")).await;
    fixture.set("2030-01-01T00:00:01Z");
    let rotate = (Method::Rotate, &*old.id);
    let error = send(&fixture, &session(ALICE), rotate, repeatable(1, 1)).await;
    assert!(matches!(error, Err(KeyError::NotActive)), "{error:?}");
    assert_eq!(fixture.tables().answers, []);
    fixture.down(Some("change"));
    let create = (Method::Create, "");
    let error = send(&fixture, &session(ALICE), create, repeatable(1, 1)).await;
    assert!(matches!(error, Err(KeyError::Unavailable(_))), "{error:?}");
    fixture.down(None);
    let first = answer(send(&fixture, &session(ALICE), create, repeatable(1, 1)).await);
    assert!(!first.starts_with("again"));
}

/// The answer is the same although the request could not be carried out any more.
#[tokio::test]
async fn a_request_is_repeated_after_its_expiry_and_with_less() {
    let fixture = Fixture::new().await;
    let (parent, secret) = fixture.create(None).await;
    let caller = fixture.caller(&secret).await;
    let asked: CreateRequest = request(("repo:*", "", "2030-01-01T00:00:10Z"));
    let keys = &fixture.keys;
    let first = answer(keys.create(&caller, asked.clone(), repeatable(1, 1)).await);
    fixture.set("2030-01-01T00:01:00Z");
    let again = answer(keys.create(&caller, asked.clone(), repeatable(1, 1)).await);
    assert_eq!(again, format!("again {first}"));
    fixture.edit(&parent.id, |key| {
        key.access = grant("repo:com.example.a", "", "").access
    });
    let caller = fixture.caller_of(&parent.id).await;
    let again = answer(keys.create(&caller, asked.clone(), repeatable(1, 1)).await);
    assert_eq!(again, format!("again {first}"));
    let error = keys.create(&caller, asked.clone(), repeatable(1, 2)).await;
    assert!(
        matches!(error, Err(KeyError::IdempotencyConflict)),
        "{error:?}"
    );
    let error = keys.create(&caller, asked, repeatable(2, 1)).await;
    assert!(
        matches!(error, Err(KeyError::InvalidExpiry(_))),
        "{error:?}"
    );
}
