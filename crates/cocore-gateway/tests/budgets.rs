//! Budgets that several servers share.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use cocore_gateway::budget::{
    Account, Budget, BudgetError, Ledger, LedgerUnavailable, Period, Settlement, Slice,
    SliceRequest,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The books, in memory.
#[derive(Default)]
struct Books {
    rows: Mutex<HashMap<(DateTime<Utc>, Period), Row>>,
    is_down: Mutex<bool>,
    asked: AtomicU64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Row {
    taken: u64,
    spent: u64,
    /// Whether a server has said that it is alive.
    is_held: bool,
}

struct Shared(Arc<Books>);

impl Ledger for Shared {
    fn take(
        &self,
        request: SliceRequest,
    ) -> Pin<Box<dyn Future<Output = Result<Slice, LedgerUnavailable>> + Send>> {
        let books = self.0.clone();
        Box::pin(async move {
            // Others come in between.
            tokio::task::yield_now().await;
            if *books.is_down.lock().unwrap() {
                return Err(LedgerUnavailable);
            }
            books.asked.fetch_add(1, Ordering::Relaxed);
            let mut rows = books.rows.lock().unwrap();
            let row = rows
                .entry((request.account.starts_at, request.account.period))
                .or_default();
            let before = *row;
            let taken = request.share_of(request.limit.saturating_sub(row.taken));
            row.taken += taken;
            row.is_held |= taken > 0;
            Ok(Slice {
                taken,
                taken_before: before.taken,
                spent: before.spent,
                is_held: before.is_held && before.taken > before.spent,
            })
        })
    }
}

impl Books {
    fn server(self: &Arc<Self>, period: Period) -> Arc<Budget> {
        let ledger = Arc::new(Shared(self.clone()));
        Arc::new(Budget::new("k".to_owned(), period, ledger))
    }

    fn write(&self, settlements: Vec<Settlement>) {
        for one in settlements {
            let Account {
                starts_at, period, ..
            } = one.account;
            let mut rows = self.rows.lock().unwrap();
            let row = rows.entry((starts_at, period)).or_default();
            row.spent += one.spent;
            row.taken = row.taken + one.overspent - one.returned;
        }
    }

    fn row(&self, starts_at: DateTime<Utc>, period: Period) -> Row {
        let rows = self.rows.lock().unwrap();
        rows.get(&(starts_at, period)).copied().unwrap_or_default()
    }
}

fn noon() -> DateTime<Utc> {
    "2030-01-01T12:00:00Z".parse().unwrap()
}

fn day() -> DateTime<Utc> {
    "2030-01-01T00:00:00Z".parse().unwrap()
}

/// Servers call, report, are killed and start again. What they spend is never more than the limit, and nearly all of it
/// can be spent.
#[tokio::test]
async fn servers_never_spend_more_than_a_budget_and_nearly_all_of_it() {
    const LIMIT: u64 = 10_000;
    for seed in 0..40 {
        let mut random = StdRng::seed_from_u64(seed);
        let books = Arc::new(Books::default());
        let mut servers = [0; 3].map(|_| books.server(Period::Day));
        let (mut open, mut spent, mut lost) = (Vec::new(), 0, 0);
        let mut refused_in_turn = 0;
        while refused_in_turn < 200 {
            let index = random.random_range(0..servers.len());
            match random.random_range(0..20) {
                0..10 => {
                    let amount = random.random_range(1..200);
                    match servers[index].reserve(LIMIT, amount, noon()).await {
                        Ok(reserved) => {
                            open.push((index, reserved));
                            refused_in_turn = 0;
                        }
                        Err(_) => refused_in_turn += 1,
                    }
                }
                10..17 if !open.is_empty() => {
                    let (_, reserved) = open.swap_remove(random.random_range(0..open.len()));
                    match random.random_range(0..4) {
                        0 => drop(reserved),
                        _ => {
                            let cost = random.random_range(0..=reserved.amount());
                            spent += cost;
                            reserved.settle(cost);
                        }
                    }
                }
                17 | 18 => books.write(servers[index].report(noon(), false)),
                // It is killed: its calls have perhaps cost all that was reserved for them.
                19 if random.random_ratio(1, 40) => {
                    let (dead, alive) = open
                        .into_iter()
                        .partition::<Vec<_>, _>(|one| one.0 == index);
                    spent += dead
                        .iter()
                        .map(|(_, reserved)| reserved.amount())
                        .sum::<u64>();
                    open = alive;
                    std::mem::forget(dead);
                    servers[index] = books.server(Period::Day);
                    lost += 1;
                }
                _ => {}
            }
            let row = books.row(day(), Period::Day);
            assert!(
                row.taken <= LIMIT && row.spent <= row.taken,
                "seed {seed}: {row:?}"
            );
        }
        assert!(spent <= LIMIT, "seed {seed}: {spent}");
        for (_, reserved) in open {
            spent += reserved.amount();
            let cost = reserved.amount();
            reserved.settle(cost);
        }
        for server in &servers {
            books.write(server.report(noon(), true));
            assert!(server.is_idle());
        }
        let row = books.row(day(), Period::Day);
        assert!(row.taken <= LIMIT, "seed {seed}: {row:?}");
        if lost == 0 {
            assert_eq!((row.taken, row.spent), (spent, spent), "seed {seed}");
            assert!(spent >= LIMIT * 95 / 100, "seed {seed}: {spent}");
        }
    }
}

#[tokio::test]
async fn a_refusal_says_whether_it_is_spent_or_reserved() {
    let books = Arc::new(Books::default());
    let server = books.server(Period::Day);
    let ends_at = "2030-01-02T00:00:00Z".parse().unwrap();
    let spent = |left| Some(BudgetError::Spent { left, ends_at });
    let too_much = server.reserve(100, 101, noon()).await.err();
    assert_eq!(too_much, spent(100));
    let first = server.reserve(100, 60, noon()).await.unwrap();
    let second = server.reserve(100, 41, noon()).await.err();
    assert_eq!(second, Some(BudgetError::Reserved));
    first.settle(60);
    // It is not reported yet, and counts.
    let second = server.reserve(100, 41, noon()).await.err();
    assert_eq!(second, spent(40));
    books.write(server.report(noon(), false));
    assert_eq!(server.reserve(100, 41, noon()).await.err(), spent(40));
    server.reserve(100, 40, noon()).await.unwrap().settle(40);
    assert_eq!(server.reserve(100, 1, noon()).await.err(), spent(0));
    // A limit of nothing allows what costs nothing.
    assert!(server.reserve(0, 0, noon()).await.is_ok());
    // The next period has a budget of its own.
    let tomorrow = noon() + TimeDelta::days(1);
    assert!(server.reserve(100, 100, tomorrow).await.is_ok());
}

#[tokio::test]
async fn a_lower_limit_holds_at_once() {
    let books = Arc::new(Books::default());
    let server = books.server(Period::Day);
    server.reserve(1000, 10, noon()).await.unwrap().settle(10);
    assert!(books.row(day(), Period::Day).taken > 20);
    assert!(server.reserve(15, 10, noon()).await.is_err());
    books.write(server.report(noon(), false));
    assert!(server.reserve(15, 10, noon()).await.is_err());
    server.reserve(15, 5, noon()).await.unwrap().settle(5);
    server.reserve(1000, 985, noon()).await.unwrap().settle(985);
    books.write(server.report(noon(), true));
    let row = books.row(day(), Period::Day);
    assert_eq!((row.taken, row.spent), (1000, 1000));
}

#[tokio::test]
async fn what_a_dead_server_has_taken_counts_as_spent() {
    let books = Arc::new(Books::default());
    let dead = books.server(Period::Day);
    std::mem::forget(dead.reserve(100, 60, noon()).await.unwrap());
    books
        .rows
        .lock()
        .unwrap()
        .values_mut()
        .next()
        .unwrap()
        .is_held = false;
    let taken = books.row(day(), Period::Day).taken;
    let server = books.server(Period::Day);
    let refused = server.reserve(100, 60, noon()).await.err();
    assert!(
        matches!(refused, Some(BudgetError::Spent { .. })),
        "{refused:?}"
    );
    assert!(server.reserve(100, 100 - taken, noon()).await.is_ok());
}

#[tokio::test]
async fn without_the_ledger_a_server_spends_what_it_has_taken() {
    let books = Arc::new(Books::default());
    let server = books.server(Period::Day);
    server.reserve(1000, 10, noon()).await.unwrap().settle(10);
    *books.is_down.lock().unwrap() = true;
    let mut spent = 10;
    let refused = loop {
        match server.reserve(1000, 10, noon()).await {
            Ok(reserved) => reserved.settle(10),
            Err(refused) => break refused,
        }
        spent += 10;
    };
    assert_eq!(refused, BudgetError::Unavailable(LedgerUnavailable));
    assert_eq!(spent, books.row(day(), Period::Day).taken);
    assert!(spent > 10);
}

#[tokio::test]
async fn a_slice_is_taken_once_for_many_calls_and_returned_when_it_is_not_used() {
    let books = Arc::new(Books::default());
    let server = books.server(Period::Day);
    for _ in 0..50 {
        server.reserve(10_000, 10, noon()).await.unwrap().settle(10);
    }
    assert_eq!(books.asked.load(Ordering::Relaxed), 1);
    let reports = |at| server.report(at, false);
    let first = reports(noon());
    assert_eq!((first[0].spent, first[0].returned), (500, 0));
    let second = reports(noon());
    assert_eq!((second[0].spent, second[0].returned), (0, 10));
    assert_eq!(reports(noon()), []);
    assert!(server.is_idle());
    // A call that takes long says that it is alive.
    let long = server.reserve(10_000, 10, noon()).await.unwrap();
    reports(noon());
    reports(noon());
    assert_eq!(reports(noon() + TimeDelta::seconds(19)), []);
    let alive = reports(noon() + TimeDelta::seconds(20));
    assert_eq!((alive[0].spent, alive[0].returned), (0, 0));
    long.settle(0);
}

#[tokio::test]
async fn a_call_settles_in_the_period_in_which_it_began() {
    let books = Arc::new(Books::default());
    let server = books.server(Period::Minute);
    let (late, next) = (
        noon() + TimeDelta::seconds(59),
        noon() + TimeDelta::seconds(61),
    );
    let call = server.reserve(10, 1, late).await.unwrap();
    let other = server.reserve(10, 1, late).await.unwrap();
    server.reserve(10, 10, next).await.unwrap().settle(10);
    call.settle(1);
    drop(other);
    books.write(server.report(next, true));
    assert_eq!(books.row(noon(), Period::Minute).spent, 1);
    let minute = noon() + TimeDelta::minutes(1);
    assert_eq!(books.row(minute, Period::Minute).spent, 10);
    assert_eq!(books.row(minute, Period::Minute).taken, 10);
}

/// A call that waited past the end of a period does not bring the one before back, nor does a clock that is set back a
/// little. One that is set back far gives back what it had taken.
#[tokio::test]
async fn a_period_that_is_over_stays_over() {
    let books = Arc::new(Books::default());
    let server = books.server(Period::Day);
    let midnight = day() + TimeDelta::days(1);
    let (before, after) = (
        midnight - TimeDelta::seconds(1),
        midnight + TimeDelta::seconds(1),
    );
    server.reserve(1000, 10, after).await.unwrap().settle(10);
    for _ in 0..50 {
        server.reserve(1000, 1, before).await.unwrap().settle(1);
        server.reserve(1000, 1, after).await.unwrap().settle(1);
    }
    books.write(server.report(after, true));
    assert_eq!(books.row(day(), Period::Day), Row::default());
    let row = books.row(midnight, Period::Day);
    assert_eq!((row.taken, row.spent), (110, 110));
    server.reserve(1000, 10, after).await.unwrap().settle(10);
    server.reserve(1000, 10, noon()).await.unwrap().settle(10);
    books.write(server.report(noon(), true));
    for (starts_at, spent) in [(midnight, 120), (day(), 10)] {
        let row = books.row(starts_at, Period::Day);
        assert_eq!((row.taken, row.spent), (spent, spent));
    }
}

#[tokio::test]
async fn a_call_that_costs_more_than_it_could_is_counted_whole() {
    let books = Arc::new(Books::default());
    let server = books.server(Period::Day);
    server.reserve(100, 10, noon()).await.unwrap().settle(90);
    books.write(server.report(noon(), true));
    let row = books.row(day(), Period::Day);
    assert_eq!((row.taken, row.spent), (90, 90));
    assert!(server.reserve(100, 11, noon()).await.is_err());
}

/// What is taken for a client that leaves in the meantime is given back.
#[tokio::test]
async fn a_client_that_leaves_loses_nothing() {
    let books = Arc::new(Books::default());
    let server = books.server(Period::Day);
    {
        let mut reserve = Box::pin(server.reserve(100, 60, noon()));
        tokio::select! {
            biased;
            _ = &mut reserve => panic!("the ledger takes longer"),
            () = std::future::ready(()) => {}
        }
    }
    while books.asked.load(Ordering::Relaxed) == 0
        || !server.report(noon(), true).iter().any(|one| {
            books.write(vec![one.clone()]);
            one.returned > 0
        })
    {
        tokio::task::yield_now().await;
    }
    assert_eq!(books.row(day(), Period::Day).taken, 0);
    assert!(server.is_idle());
}
