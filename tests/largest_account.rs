//! Lists of an account that has as many keys as it may have, all the time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{ALICE, BOB, Connection, Server, method};

/// As many keys as an account may have by default.
const KEYS: usize = 1000;
const CLIENTS: usize = 8;
const REQUESTS: usize = 2000;

/// Row 59 of the list of attacks: a request of another account waits for no more than a few of them.
#[test]
fn lists_of_the_largest_account_do_not_hold_up_another_one() {
    let server = Server::with(&["--log", "error", "--max-active-keys", "1000"]);
    let (largest, other) = (server.first_key(ALICE), server.first_key(BOB));
    let create = server.post(&method("createApiKey"), &json!({ "name": "n" }));
    let create = create.key(&largest);
    let mut connection = Connection::default();
    for _ in 1..KEYS {
        assert_eq!(connection.send(&create).unwrap().status, 200);
    }
    let full = connection.send(&create).unwrap();
    full.expect_error(400, "KeyQuotaExceeded");
    let is_over = AtomicBool::new(false);
    let (lists, others) = thread::scope(|scope| {
        let list = || {
            let (mut connection, mut times) = (Connection::default(), Vec::new());
            while !is_over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let call = server.get(&method("listApiKeys")).key(&largest);
                let status = connection.send(&call).map_or(0, |answer| answer.status);
                times.push((begun.elapsed(), status));
            }
            times
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(list)).collect();
        let mut connection = Connection::default();
        // Nothing in here panics before the lists have ended.
        let others: Vec<_> = (0..REQUESTS)
            .map(|_| {
                let begun = Instant::now();
                let call = server.get("/auth/verify").key(&other);
                let status = connection.send(&call).map_or(0, |answer| answer.status);
                (begun.elapsed(), status)
            })
            .collect();
        is_over.store(true, Ordering::Relaxed);
        let lists = clients.into_iter().flat_map(|one| one.join().unwrap());
        (lists.collect::<Vec<_>>(), others)
    });
    let (list, other) = (percentile(&lists, 50), percentile(&others, 99));
    assert!(lists.len() > CLIENTS, "{} lists", lists.len());
    assert!(
        other <= list / 2,
        "{other:?} for others, {list:?} for a list"
    );
}

fn percentile(answers: &[(Duration, u16)], percent: usize) -> Duration {
    assert!(answers.iter().all(|(_, status)| *status == 200));
    let mut times: Vec<_> = answers.iter().map(|(time, _)| *time).collect();
    times.sort();
    times[times.len() * percent / 100]
}
