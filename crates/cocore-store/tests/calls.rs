//! What calls of models may cost, and have cost, on either kind of database.
#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::{
    CallLimits, Caller, CallerCredential, Clock, CreateRequest, Created, Grant, Key, KeyId,
    KeyName, Keys, Models, SystemClock, SystemRandom,
};
use cocore_store::{
    BudgetPeriod, BudgetReport, CallsReport, Store, StoredLimits, UsageCounts, UsageOf,
};
use common::{ALICE, BOB, TestDatabase, account, owner};

fn service(store: &Store) -> Keys<Store> {
    Keys::new(store.clone(), Arc::new(SystemClock), Arc::new(SystemRandom))
}

fn with_key(key: &Key) -> Caller {
    Caller {
        credential: CallerCredential::ApiKey {
            id: KeyId::parse(&key.id).unwrap(),
            grant: Grant::default(),
        },
        ..owner(ALICE)
    }
}

fn operator(did: &str) -> Caller {
    Caller {
        did: account(did),
        credential: CallerCredential::Operator,
        ..owner(did)
    }
}

async fn create(keys: &Keys<Store>, by: &Caller) -> Key {
    let request = CreateRequest::named(KeyName::parse("n").unwrap());
    match keys.create(by, request, None).await.unwrap() {
        Created::New(key, _) => *key,
        Created::Repeated(_) => unreachable!(),
    }
}

fn tokens(number: u64) -> CallLimits {
    CallLimits {
        tokens_per_day: Some(number),
        ..CallLimits::default()
    }
}

/// The limits that hold for a key: whose, of which budget, and how many tokens a day.
async fn that_hold(store: &Store, key: Option<&str>) -> Vec<(String, String, Option<u64>)> {
    let limits = store.call_limits(ALICE, key).await.unwrap();
    let short = |StoredLimits {
                     key_id,
                     budget,
                     limits,
                 }| { (key_id.unwrap_or_default(), budget, limits.tokens_per_day) };
    limits.into_iter().map(short).collect()
}

#[tokio::test]
async fn limits_hold_for_a_key_and_what_descends_from_it() {
    for database in TestDatabase::all() {
        let store = database.open();
        let keys = service(&store);
        let parent = create(&keys, &owner(ALICE)).await;
        let child = create(&keys, &with_key(&parent)).await;
        let grandchild = create(&keys, &with_key(&child)).await;
        let other = create(&keys, &owner(ALICE)).await;
        assert_eq!(that_hold(&store, Some(&grandchild.id)).await, []);
        let full = CallLimits {
            tokens_per_day: Some(1),
            tokens_per_month: Some(u64::MAX >> 11),
            requests_per_minute: Some(0),
            models: Some(Models::parse(["a", "b"]).unwrap()),
        };
        keys.set_limits(&owner(ALICE), Some(&parent.id), full.clone())
            .await
            .unwrap();
        keys.set_limits(&owner(ALICE), Some(&grandchild.id), tokens(2))
            .await
            .unwrap();
        keys.set_limits(&operator(BOB), None, tokens(9))
            .await
            .unwrap();
        let stored = store.call_limits(ALICE, Some(&parent.id)).await.unwrap();
        assert_eq!(stored[0].limits, full);
        let row = |key: &Key, number| (key.id.clone(), key.id.clone(), Some(number));
        assert_eq!(that_hold(&store, Some(&child.id)).await, [row(&parent, 1)]);
        let mut both = [row(&parent, 1), row(&grandchild, 2)];
        both.sort();
        assert_eq!(that_hold(&store, Some(&grandchild.id)).await, both);
        assert_eq!(that_hold(&store, Some(&other.id)).await, []);
        assert_eq!(that_hold(&store, None).await, []);
        // Those of the account hold for every call.
        keys.set_limits(&operator(ALICE), None, tokens(3))
            .await
            .unwrap();
        let of_account = (String::new(), ALICE.to_owned(), Some(3));
        for key in [None, Some(&*other.id)] {
            assert_eq!(
                that_hold(&store, key).await,
                std::slice::from_ref(&of_account)
            );
        }
        keys.set_limits(&operator(ALICE), None, CallLimits::default())
            .await
            .unwrap();
        // A key that replaces another one has its budget, and so has what is replaced, in its grace period.
        let (by, grace) = (owner(ALICE), Duration::from_secs(60));
        let Created::New(new, _) = keys.rotate(&by, &parent.id, grace, None).await.unwrap() else {
            unreachable!()
        };
        let handed_on = (new.id.clone(), parent.id.clone(), Some(1));
        for id in [&new.id, &parent.id] {
            assert_eq!(
                that_hold(&store, Some(id)).await,
                std::slice::from_ref(&handed_on)
            );
        }
        keys.set_limits(&owner(ALICE), Some(&new.id), tokens(4))
            .await
            .unwrap();
        let changed = (new.id.clone(), parent.id.clone(), Some(4));
        assert_eq!(that_hold(&store, Some(&new.id)).await, [changed]);
        store.close().await;
    }
}

#[tokio::test]
async fn limits_of_a_deleted_key_hold_while_keys_descend_from_it() {
    for database in TestDatabase::all() {
        let store = database.open();
        let keys = service(&store);
        let parent = create(&keys, &owner(ALICE)).await;
        let child = create(&keys, &with_key(&parent)).await;
        let alone = create(&keys, &owner(ALICE)).await;
        for key in [&parent, &alone] {
            keys.set_limits(&owner(ALICE), Some(&key.id), tokens(1))
                .await
                .unwrap();
        }
        for key in [&parent, &alone] {
            assert!(keys.delete(&owner(ALICE), &key.id).await.unwrap());
        }
        let row = (parent.id.clone(), parent.id.clone(), Some(1));
        assert_eq!(that_hold(&store, Some(&child.id)).await, [row]);
        assert_eq!(database.rows("call_limits"), 1);
        assert!(keys.delete(&owner(ALICE), &child.id).await.unwrap());
        let now = SystemClock.now();
        store.purge(now, now, now).await.unwrap();
        assert_eq!(database.rows("call_limits"), 0);
        store.close().await;
    }
}

fn noon() -> DateTime<Utc> {
    "2030-01-01T12:00:00Z".parse().unwrap()
}

fn budget(name: &str) -> BudgetPeriod {
    BudgetPeriod {
        budget: name.to_owned(),
        period: "day",
        starts_at: noon() - TimeDelta::hours(12),
    }
}

fn report(process: &str, number: i64, budgets: Vec<BudgetReport>) -> Arc<CallsReport> {
    Arc::new(CallsReport {
        process: process.to_owned(),
        number,
        usage: Vec::new(),
        budgets,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_take_no_more_than_there_is() {
    for database in TestDatabase::all() {
        let stores = match database {
            TestDatabase::Sqlite(_) => vec![database.open()],
            TestDatabase::Postgres(_) => vec![database.open(), database.open()],
        };
        let takes = (0..200).map(|number| {
            let store = stores[number % stores.len()].clone();
            let share = |left: u64| left.min(7);
            tokio::spawn(async move {
                let taken = store.take_budget(budget("b"), 1000, share, noon()).await;
                taken.unwrap().0
            })
        });
        let mut sum = 0;
        for take in takes.collect::<Vec<_>>() {
            sum += take.await.unwrap();
        }
        assert_eq!(sum, 1000);
        let found = stores[0].taken_budget(budget("b"), noon()).await.unwrap();
        assert_eq!((found.taken, found.spent, found.is_held), (1000, 0, true));
        let later = noon() + TimeDelta::seconds(61);
        let found = stores[0].taken_budget(budget("b"), later).await.unwrap();
        assert!(!found.is_held);
        for store in stores {
            store.close().await;
        }
    }
}

#[tokio::test]
async fn a_report_is_written_once() {
    for database in TestDatabase::all() {
        let store = database.open();
        let of = budget("b");
        let take = store.take_budget(of.clone(), 100, |left| left, noon());
        assert_eq!(take.await.unwrap().0, 100);
        let change = |spent, returned, overspent| BudgetReport {
            of: budget("b"),
            spent,
            returned,
            overspent,
        };
        let first = report("p", 1, vec![change(30, 50, 0)]);
        for _ in 0..3 {
            store.report_calls(first.clone(), noon()).await.unwrap();
        }
        let found = || store.taken_budget(budget("b"), noon());
        let now = found().await.unwrap();
        assert_eq!((now.taken, now.spent, now.is_held), (50, 30, true));
        for other in [
            report("q", 1, vec![change(5, 0, 0)]),
            report("p", 2, vec![change(20, 0, 5)]),
        ] {
            store.report_calls(other, noon()).await.unwrap();
        }
        // A late repetition.
        store.report_calls(first, noon()).await.unwrap();
        let now = found().await.unwrap();
        assert_eq!((now.taken, now.spent, now.is_held), (55, 55, false));
        // The rows of earlier periods are removed.
        let later = noon() + TimeDelta::days(41);
        store.purge(later, later, later).await.unwrap();
        assert_eq!(database.rows("call_budgets"), 0);
        assert_eq!(database.rows("call_reports"), 0);
        store.close().await;
    }
}

fn usage(
    did: &str,
    key: Option<&str>,
    at: &str,
    model: &str,
    calls: u64,
) -> (UsageOf, UsageCounts) {
    let of = UsageOf {
        did: did.to_owned(),
        key_id: key.map(str::to_owned),
        hour: at.parse().unwrap(),
        model: model.to_owned(),
        upstream: "local".to_owned(),
    };
    let counts = UsageCounts {
        calls,
        errors: 1,
        estimated: 2,
        input: 10 * calls,
        output: 100 * calls,
        cached: 3,
    };
    (of, counts)
}

#[tokio::test]
async fn usage_is_summed() {
    for database in TestDatabase::all() {
        let store = database.open();
        for (number, rows) in [
            vec![
                usage(ALICE, Some("k"), "2030-01-01T22:00:00Z", "m", 1),
                usage(ALICE, Some("k"), "2030-01-01T23:00:00Z", "m", 2),
                usage(ALICE, Some("l"), "2030-01-01T23:00:00Z", "m", 4),
                usage(ALICE, None, "2030-01-02T00:00:00Z", "n", 8),
                usage(BOB, Some("b"), "2030-01-01T22:00:00Z", "m", 64),
            ],
            vec![usage(ALICE, Some("k"), "2030-01-01T22:00:00Z", "m", 16)],
        ]
        .into_iter()
        .enumerate()
        {
            let report = CallsReport {
                process: "p".to_owned(),
                number: i64::try_from(number).unwrap(),
                usage: rows,
                budgets: Vec::new(),
            };
            store.report_calls(Arc::new(report), noon()).await.unwrap();
        }
        let (hour, day) = (TimeDelta::hours(1), TimeDelta::days(1));
        for (key, from, to, step, expected) in [
            (
                Some("k"),
                "2030-01-01T00:00:00Z",
                "2030-01-03T00:00:00Z",
                hour,
                vec![("2030-01-01T22:00:00Z", 17), ("2030-01-01T23:00:00Z", 2)],
            ),
            (
                Some("k"),
                "2030-01-01T00:00:00Z",
                "2030-01-03T00:00:00Z",
                day,
                vec![("2030-01-01T00:00:00Z", 19)],
            ),
            (
                None,
                "2030-01-01T00:00:00Z",
                "2030-01-03T00:00:00Z",
                day,
                vec![("2030-01-01T00:00:00Z", 23), ("2030-01-02T00:00:00Z", 8)],
            ),
            (
                None,
                "2030-01-01T23:00:00Z",
                "2030-01-02T00:00:00Z",
                hour,
                vec![("2030-01-01T23:00:00Z", 6)],
            ),
            (
                Some("b"),
                "2030-01-01T00:00:00Z",
                "2030-01-03T00:00:00Z",
                day,
                vec![],
            ),
        ] {
            let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
            let sums = store
                .usage(ALICE, key, time(from), time(to), step)
                .await
                .unwrap();
            let short: Vec<_> = sums
                .iter()
                .map(|sum| (sum.start, sum.counts.calls))
                .collect();
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(at, calls)| (time(at), calls))
                .collect();
            assert_eq!(short, expected, "{key:?} {from}");
            for sum in sums {
                assert_eq!(sum.counts.output, 100 * sum.counts.calls);
                assert_eq!(sum.upstream, "local");
            }
        }
        let purged = store.purge_usage("2030-01-01T23:00:00Z".parse().unwrap());
        assert_eq!(purged.await.unwrap(), 2);
        store.close().await;
    }
}
