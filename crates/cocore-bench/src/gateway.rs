//! The inference gateway, beside nginx's `proxy_pass` to the same upstream.

mod calls;
mod nginx;
mod silent;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use crate::failure::Result;
use crate::keys::Filled;
use crate::process::{Process, target};
use crate::report::Report;
use crate::rounds::{Rounds, median};
use crate::wrk::Wrk;
use calls::{JSON, STREAM, first_event, open_stream};
use nginx::nginx;
use silent::Silent;

const CHAT: &str = "/v1/chat/completions";
/// How many streams are open at once while their memory is measured.
const OPEN_STREAMS: usize = 500;

pub(crate) fn measure(report: &mut Report, rounds: Rounds) -> Result<()> {
    let directory = TempDir::new()?;
    let upstream = Process::start(&mut target("upstream")?)?;
    let silent = Silent::start()?;
    let keys = Filled::new(10)?;
    let file = directory.path().join("upstreams.toml");
    fs::write(&file, upstreams(&upstream.address, &silent.address))?;
    let variables = [("COCORE_UPSTREAMS", PathBuf::from(&file))];
    let server = Process::server_with(&keys.url, &variables)?;
    let nginx = nginx(directory.path(), &upstream.address)?;
    for (what, body, limit) in [("JSON", JSON, 0.8), ("streams of 32 frames", STREAM, 0.6)] {
        let run = |process: &Process| {
            let before = process.cpu()?;
            let wrk = Wrk::new(process, CHAT).key(&keys.key).post(body).seconds(2);
            let wrk = wrk.run()?;
            let cpu = (process.cpu()? - before).as_secs_f64() / wrk.requests;
            Ok([wrk.rate, cpu * 1e6, wrk.p50, wrk.p99])
        };
        let (ours, theirs) = rounds.in_turn(|| run(&server), || run(&nginx))?;
        for (name, [rate, cpu, p50, p99]) in [("the gateway", ours), ("nginx", theirs)] {
            println!(
                "-- {what} by {name}: {rate:.0} a second, {cpu:.1} us of a processor each, p50 {p50:.2} ms, p99 {p99:.2} ms"
            );
        }
        report.at_least(
            &format!("{what}, relative to nginx"),
            ours[0] / theirs[0],
            limit,
        );
    }
    first_token(report, &server, &upstream, &keys.key)?;
    cancellation(report, &server, &silent, &keys.key)?;
    memory(&server, &silent, &keys.key)
}

fn upstreams(address: &str, silent: &str) -> String {
    let upstream = |name: &str, address: &str| {
        format!(
            "[[upstream]]\nname = \"{name}\"\nurl = \"http://{address}/v1\"\nmodels = [\"{name}\"]\nconcurrency = 10000\n"
        )
    };
    upstream("tiny", address) + &upstream("silent", silent)
}

/// How much later the first event comes than from the upstream itself.
fn first_token(report: &mut Report, server: &Process, upstream: &Process, key: &str) -> Result<()> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..500 {
        ours.push(first_event(&server.address, key)?.as_secs_f64() * 1e3);
        theirs.push(first_event(&upstream.address, key)?.as_secs_f64() * 1e3);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!("-- the first event: {ours:.3} ms, and {theirs:.3} ms from the upstream itself");
    report.at_most(
        "milliseconds that the first event is later",
        ours - theirs,
        1.0,
    );
    Ok(())
}

/// How long it takes until the upstream sees that a client has left: before the head, without a stream, and amid a stream.
fn cancellation(report: &mut Report, server: &Process, silent: &Silent, key: &str) -> Result<()> {
    for (what, is_stream, begins) in [
        ("before the head", true, false),
        ("without a stream", false, false),
        ("amid a stream", true, true),
    ] {
        let mut latest = Duration::ZERO;
        for _ in 0..50 {
            silent.set_begins(begins);
            let client = open_stream(&server.address, key, is_stream, begins)?;
            silent.await_request()?;
            let left = std::time::Instant::now();
            drop(client);
            latest = latest.max(silent.await_close()? - left);
        }
        let milliseconds = latest.as_secs_f64() * 1e3;
        let what = format!("milliseconds until a call is cancelled {what}, the latest of 50");
        report.at_most(&what, milliseconds, 200.0);
    }
    Ok(())
}

/// The memory of an open stream.
fn memory(server: &Process, silent: &Silent, key: &str) -> Result<()> {
    silent.set_begins(true);
    let open = |count| {
        let streams = (0..count).map(|_| open_stream(&server.address, key, true, true));
        streams.collect::<Result<Vec<_>>>()
    };
    // What is allocated once is there before.
    drop(open(OPEN_STREAMS / 10)?);
    let before = server.memory()?;
    let streams = open(OPEN_STREAMS)?;
    let bytes = (server.memory()? - before) / OPEN_STREAMS as f64;
    drop(streams);
    println!("-- {:.1} KiB of memory for an open stream", bytes / 1024.0);
    Ok(())
}
