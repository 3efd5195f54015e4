//! Requests that change nothing, with many keys in memory.

use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Result;
use crate::keys::{self, Filled};
use crate::process::{Process, target};
use crate::report::Report;
use crate::rounds::Rounds;
use crate::wrk::Wrk;

const LIST: &str = "/xrpc/dev.cocore.account.listApiKeys";
const VERIFY: &str = "/auth/verify";

pub(crate) fn measure(report: &mut Report, rounds: Rounds, keys: u64) -> Result<()> {
    println!("-- a database of {keys} keys of {} accounts", keys / 10);
    let (empty, filled) = (Filled::new(0)?, Filled::new(keys)?);
    let small = Process::server(&empty.url)?;
    let small_memory = small.memory()?;
    drop(small);
    let start = Instant::now();
    let server = Process::server(&filled.url)?;
    let loading = start.elapsed().as_secs_f64();
    report.at_most("seconds until it listens", loading, 2.0);
    let bytes = (server.memory()? - small_memory) / keys as f64;
    report.at_most("bytes of memory a key", bytes, 128.0);

    let good = &filled.key;
    for (path, limit) in [(VERIFY, 0.90), (LIST, 0.25)] {
        let ratio = beside_a_bare_server(&server, path, good, rounds)?;
        report.at_least(&format!("{path} to the bare handler"), ratio, limit);
    }
    flood(report, &server, good, rounds)
}

/// Requests a second, beside a bare server that answers with the same bytes. How connections fall to
/// threads differs from round to round.
fn beside_a_bare_server(server: &Process, path: &str, key: &str, rounds: Rounds) -> Result<f64> {
    let (headers, body) = server.answer(path, key)?;
    let bare = Process::start(target("bare")?.args([headers, body]))?;
    let run = |process: &Process| {
        let before = process.cpu()?;
        let wrk = Wrk::new(process, path).key(key).seconds(2).run()?;
        let cpu = (process.cpu()? - before).as_secs_f64() / wrk.requests;
        Ok([wrk.rate, cpu * 1e6])
    };
    let (ours, theirs) = rounds.in_turn(|| run(server), || run(&bare))?;
    let ([ours, our_cpu], [theirs, their_cpu]) = (ours, theirs);
    println!("-- microseconds of a processor: {our_cpu:.2}, and {their_cpu:.2} of a bare handler");
    println!("-- {path}: {ours:.0} a second, and {theirs:.0} of a bare handler");
    Ok(ours / theirs)
}

/// A good key while others come in a flood: of the same rate, whichever they are, and one that leaves
/// some of the processors to it, for otherwise their scheduler is what is measured.
fn flood(report: &mut Report, server: &Process, good: &str, rounds: Rounds) -> Result<()> {
    let under = |flood: &str| {
        let load = |key| Wrk::new(server, VERIFY).key(key).paced();
        let flood = load(flood).seconds(3).start()?;
        let calm = load(good).connections(4).seconds(2).run()?;
        Ok([calm.p99, flood.finish()?.rate])
    };
    let (by_good, by_unknown) = rounds.in_turn(|| under(good), || under(keys::UNKNOWN))?;
    let ([by_good, good_rate], [by_unknown, unknown_rate]) = (by_good, by_unknown);
    println!("-- {good_rate:.0} good keys a second, and {unknown_rate:.0} unknown ones");
    println!("-- p99 of a good key: {by_good:.2} ms under good keys, {by_unknown:.2} unknown ones");
    let ratio = by_unknown / by_good;
    report.at_most("p99 under unknown keys to under good ones", ratio, 1.1);

    // The server writes uses now and then, and probes its database each second: the least of three floods
    // counts, beside the most of three times of rest. Processor time is compared and not how often a thread
    // ran, since busy processors split a run.
    let span = Duration::from_secs(2);
    let (mut rest, mut least) = (Duration::ZERO, f64::INFINITY);
    for _ in 0..3 {
        let before = server.cpu_of_the_database()?;
        thread::sleep(span);
        let between = server.cpu_of_the_database()?;
        let flood = Wrk::new(server, VERIFY).key(keys::UNKNOWN).seconds(2);
        let flood = flood.run()?;
        println!("-- {:.0} unknown keys a second", flood.rate);
        rest = rest.max(between - before);
        let during = server.cpu_of_the_database()? - between;
        let more = during.saturating_sub(rest);
        least = least.min(more.as_secs_f64() * 1e6 / flood.requests);
    }
    let what = "microseconds of the database's threads for an unknown key, where a query takes five or more";
    report.at_most(what, least, 0.05);
    Ok(())
}
