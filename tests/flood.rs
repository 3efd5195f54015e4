//! A flood of well-formed keys that the server does not know. Row 1 of the list of attacks.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{ALICE, Answer, Connection, Place, Server, method};

const CONNECTIONS: usize = 64;

/// How many unknown keys are sent: a million where all is to be shown.
fn requests() -> usize {
    match std::env::var("COCORE_FLOOD_KEYS") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => 20_000,
    }
}

fn unknown(number: usize) -> String {
    format!("cocore-{number:042}A")
}

fn verify(server: &Server, connection: &mut Connection, key: &str) -> Answer {
    let call = server.get("/auth/verify").key(key);
    connection.send(&call).unwrap()
}

/// The database cannot be reached meanwhile, so that a query would be a 503.
#[cfg(target_os = "linux")]
#[test]
fn unknown_keys_are_rejected_in_memory() {
    let place = Place::sqlite();
    let server = Server::on_with(&place.url, &["--log", "error"]);
    let key = server.first_key(ALICE);
    let file = place.file().unwrap();
    let moved = format!("{file}-moved");
    fs::rename(file, &moved).unwrap();
    let list = server.get(&method("listApiKeys")).key(&key).send();
    list.expect_unavailable();

    let expected = verify(&server, &mut Connection::default(), &unknown(0)).fingerprint();
    assert_eq!(expected.0, 401);
    let flood = |requests: usize| {
        thread::scope(|scope| {
            for first in 0..CONNECTIONS {
                let (server, expected) = (&server, &expected);
                scope.spawn(move || {
                    let mut connection = Connection::default();
                    for number in (first..requests).step_by(CONNECTIONS) {
                        let answer = verify(server, &mut connection, &unknown(number));
                        assert_eq!(answer.fingerprint(), *expected);
                    }
                });
            }
        });
    };
    // What connections and threads take once.
    flood(requests() / 10);
    let before = server.memory("VmRSS");
    flood(requests());
    let grown = server.memory("VmRSS").saturating_sub(before);
    assert!(grown < 8 * 1024, "{grown} KiB");
    assert!(server.accepts(&key));
    fs::rename(&moved, file).unwrap();
    server.list(&key);
}

/// The time in which 99 of 100 requests with an active key are answered while other keys come in a flood.
fn percentile_99(server: &Server, good: &str, flood: impl Fn(usize) -> String + Sync) -> Duration {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for first in 0..CONNECTIONS {
            let (flood, is_over) = (&flood, &is_over);
            scope.spawn(move || {
                let mut connection = Connection::default();
                for number in (first..).step_by(CONNECTIONS) {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    verify(server, &mut connection, &flood(number));
                }
            });
        }
        let mut connection = Connection::default();
        // Nothing in here panics before the flood has ended.
        let answers: Vec<_> = (0..200)
            .map(|_| {
                let begun = Instant::now();
                let answer = connection.send(&server.get("/auth/verify").key(good));
                (begun.elapsed(), answer.map_or(0, |answer| answer.status))
            })
            .collect();
        is_over.store(true, Ordering::Relaxed);
        assert!(answers.iter().all(|(_, status)| *status == 200));
        let mut times: Vec<_> = answers.into_iter().map(|(time, _)| time).collect();
        times.sort();
        times[times.len() * 99 / 100]
    })
}

/// `cargo xtask bench` measures the same without the noise of a debug build.
#[test]
fn unknown_keys_delay_an_active_key_no_more_than_active_ones_do() {
    let place = Place::sqlite();
    let server = Server::on_with(&place.url, &["--log", "error"]);
    let good = server.first_key(ALICE);
    let rounds: Vec<_> = (0..3)
        .map(|_| {
            let by_active = percentile_99(&server, &good, |_| good.clone());
            (by_active, percentile_99(&server, &good, unknown))
        })
        .collect();
    // Rounds of a busy machine differ: the calmest under unknown keys counts.
    let by_active = rounds.iter().map(|round| round.0).max().unwrap();
    let by_unknown = rounds.iter().map(|round| round.1).min().unwrap();
    assert!(by_unknown <= 2 * by_active, "{rounds:?}");
}
