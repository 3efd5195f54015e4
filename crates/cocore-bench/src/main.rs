//! The benchmarks: ratios of one run, each beside its limit. `cargo xtask bench` builds what is needed
//! and starts this; it needs `wrk`.
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

mod keys;
mod process;
mod wrk;

use std::time::Instant;

use keys::Filled;
use process::{Process, target};
use wrk::Wrk;

const LIST: &str = "/xrpc/dev.cocore.account.listApiKeys";
const CREATE: &str = "/xrpc/dev.cocore.account.createApiKey";
const VERIFY: &str = "/auth/verify";

fn main() {
    let keys = std::env::args()
        .nth(1)
        .map_or(1_000_000, |text| text.parse().unwrap());
    println!(
        "filling a database with {keys} keys of {} accounts",
        keys / 10
    );
    let empty = Filled::new(0);
    let filled = Filled::new(keys);

    let small = Process::server(&empty.url);
    let small_memory = small.memory();
    drop(small);
    let start = Instant::now();
    let server = Process::server(&filled.url);
    let loading = start.elapsed().as_secs_f64();
    report("seconds until it listens", loading, "<", 2.0);
    let bytes = (server.memory() - small_memory) / keys as f64;
    report("bytes of memory a key", bytes, "<", 128.0);

    let good = &filled.key;
    beside("verify", &server, VERIFY, good, 0.90);
    beside("listApiKeys of 10 keys", &server, LIST, good, 0.25);

    println!("-- a good key under a flood, 99th percentile in milliseconds");
    let p99 = |flood: &str| {
        let flood = Wrk::new(&server, VERIFY)
            .key(flood)
            .connections(64)
            .seconds(7)
            .start();
        let calm = Wrk::new(&server, VERIFY)
            .key(good)
            .connections(4)
            .seconds(5)
            .run();
        flood.finish();
        calm.p99
    };
    let (by_good, by_unknown) = (p99(good), p99(&format!("cocore-{}", "A".repeat(43))));
    println!("   of good keys {by_good:.2}, of unknown ones {by_unknown:.2}");
    report(
        "p99 under unknown keys to under good ones",
        by_unknown / by_good,
        "<",
        1.1,
    );
    drop(server);

    println!("-- durable creates at 32 connections");
    let plain = keys::plain_inserts_a_second();
    let fresh = Filled::new(1);
    let server = Process::server(&fresh.url);
    let creates = Wrk::new(&server, CREATE)
        .key(&fresh.key)
        .post(r#"{"name":"bench"}"#)
        .connections(32)
        .seconds(5)
        .run();
    println!(
        "   {:.0} a second; a plain loop of synced inserts {plain:.0}",
        creates.rate
    );
    report("creates to plain inserts", creates.rate / plain, ">", 3.0);
}

/// Requests a second, beside a bare server that answers the same bytes: three turns each, the best.
fn beside(what: &str, server: &Process, path: &str, key: &str, limit: f64) {
    println!("-- {what}, beside a bare handler that answers the same bytes");
    let (headers, body) = server.answer(path, key);
    let bare = Process::start(target("bare").args([headers, body]));
    let best = |process: &Process| {
        let run = |_| {
            Wrk::new(process, path)
                .key(key)
                .connections(64)
                .seconds(5)
                .run()
        };
        let runs: Vec<_> = (0..3).map(run).collect();
        runs.iter().map(|run| run.rate).fold(0.0, f64::max)
    };
    let (ours, theirs) = (best(server), best(&bare));
    println!("   {ours:.0} and {theirs:.0} a second");
    report(what, ours / theirs, ">", limit);
}

fn report(what: &str, value: f64, sign: &str, limit: f64) {
    let good = if sign == ">" {
        value >= limit
    } else {
        value <= limit
    };
    let verdict = if good { "ok" } else { "MISSED" };
    println!("{verdict}: {what}: {value:.2} (limit: {sign} {limit})");
}
