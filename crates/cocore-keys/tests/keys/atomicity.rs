//! A transaction that fails changes nothing.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use cocore_keys::{KeyUpdate, Quota, Repeatable};

use crate::fixture::{ALICE, Fixture, named, session};

const CHANGES: [&str; 8] = [
    "create",
    "create once",
    "rotate",
    "rotate with grace",
    "update",
    "revoke",
    "revoke all",
    "delete",
];

/// Every statement of every change fails once.
#[tokio::test]
async fn a_failed_statement_changes_nothing() {
    for change in CHANGES {
        let quota = Quota {
            max_active: NonZeroU32::new(10),
            max_keys: NonZeroU32::new(4),
        };
        let fixture = Fixture::with_quota(quota).await;
        let mut secrets = Vec::new();
        let (ended, secret) = fixture.create(None).await;
        secrets.push(secret);
        fixture.revoke(ALICE, &ended.id).await;
        let (parent, secret) = fixture.create(None).await;
        let caller = fixture.caller(&secret).await;
        secrets.push(secret);
        let (key, secret) = fixture.create_by(&caller, named("n")).await.unwrap();
        let child = fixture.caller(&secret).await;
        secrets.push(secret);
        secrets.push(fixture.create_by(&child, named("n")).await.unwrap().1);
        let before = fixture.tables();
        let live = live(&fixture, &secrets).await;
        let mut statements = 0;
        loop {
            *fixture.store.0.fails_after.lock().unwrap() = Some(statements);
            if run(&fixture, change, &parent.id, &key.id).await {
                break;
            }
            assert_eq!(fixture.tables(), before, "{change} {statements}");
            assert_eq!(self::live(&fixture, &secrets).await, live, "{change}");
            statements += 1;
        }
        assert_ne!(fixture.tables(), before, "{change}");
        assert!(statements >= 2, "{change} {statements}");
    }
}

/// Returns which keys are live.
async fn live(fixture: &Fixture, secrets: &[String]) -> Vec<bool> {
    let mut live = Vec::new();
    for secret in secrets {
        live.push(fixture.accepts(secret).await);
    }
    live
}

/// Makes a change, and returns whether the store could.
async fn run(fixture: &Fixture, change: &str, parent: &str, id: &str) -> bool {
    let (keys, caller) = (&fixture.keys, fixture.caller_of(parent).await);
    let alice = session(ALICE);
    let once = || Repeatable {
        request: [1; 32],
        body: [1; 32],
        seal: Arc::new(|_, _| Vec::new()),
    };
    match change {
        "create" => keys.create(&caller, named("n"), None).await.is_ok(),
        "create once" => keys.create(&caller, named("n"), Some(once())).await.is_ok(),
        "rotate" => keys
            .rotate(&caller, id, Duration::ZERO, Some(once()))
            .await
            .is_ok(),
        "rotate with grace" => {
            let hour = Duration::from_secs(3600);
            keys.rotate(&caller, id, hour, Some(once())).await.is_ok()
        }
        "update" => {
            let update = KeyUpdate {
                name: Some(named("m").name),
                ..KeyUpdate::default()
            };
            keys.update(&caller, id, update).await.is_ok()
        }
        "revoke" => keys.revoke(&alice, id, false).await.is_ok(),
        "revoke all" => keys.revoke(&alice, parent, true).await.is_ok(),
        _ => keys.delete(&alice, id).await.is_ok(),
    }
}
