//! The inference gateway, beside nginx's `proxy_pass` and LiteLLM's proxy to the same upstream.

mod calls;
mod litellm;
mod nginx;
mod silent;

use std::fs::{self, File};
use std::time::Duration;

use tempfile::TempDir;

use crate::failure::Result;
use crate::keys::Filled;
use crate::process::{Process, target};
use crate::report::Report;
use crate::rounds::{Rounds, median};
use crate::wrk::Wrk;
use calls::{JSON, STREAM, first_event, open_stream};
use litellm::litellm;
use nginx::nginx;
use silent::Silent;

const CHAT: &str = "/v1/chat/completions";
/// The loads, with what is asked for.
const LOADS: [(&str, &str); 2] = [("JSON", JSON), ("streams of 32 frames", STREAM)];
/// How long LiteLLM is measured, which takes more than a second for a call under load.
const LITELLM_SECONDS: u32 = 30;
/// How many streams are open at once while their memory is measured.
const OPEN_STREAMS: usize = 500;

pub(crate) fn measure(report: &mut Report, rounds: Rounds) -> Result<()> {
    let directory = TempDir::new()?;
    let upstream = Process::start(&mut target("upstream")?)?;
    let silent = Silent::start()?;
    let keys = Filled::new(10)?;
    let file = directory.path().join("upstreams.toml");
    fs::write(&file, upstreams(&upstream.address, &silent.address))?;
    let mut server = Process::server_command(&keys.url)?;
    server.env("COCORE_UPSTREAMS", &file);
    // A line for each call, as in production.
    server.env("COCORE_LOG", "info");
    let log = directory.path().join("log");
    server.stderr(File::create(&log)?);
    let server = Process::start(&mut server)
        .map_err(|error| format!("{error}\n{}", fs::read_to_string(&log).unwrap_or_default()))?;
    let nginx = nginx(directory.path(), &upstream.address)?;
    let mut rates = Vec::new();
    for ((what, body), limit) in LOADS.into_iter().zip([0.8, 0.6]) {
        let load = |proxy| load(proxy, &keys.key, body, 2);
        let (ours, theirs) = rounds.in_turn(|| load(&server), || load(&nginx))?;
        print(what, "the gateway", ours);
        print(what, "nginx", theirs);
        report.at_least(
            &format!("{what}, relative to nginx"),
            ours[0] / theirs[0],
            limit,
        );
        rates.push(ours[0]);
    }
    first_token(report, &server, &upstream, &keys.key)?;
    cancellation(report, &server, &silent, &keys.key)?;
    memory(&server, &silent, &keys.key)?;
    drop(nginx);
    match litellm(directory.path(), &upstream.address) {
        Ok(litellm) => {
            println!(
                "-- the memory of the gateway: {:.0} MiB",
                mebibytes(&server)?
            );
            drop(server);
            beside_litellm(&rates, &litellm)
        }
        Err(error) => {
            println!("-- LiteLLM is left out: {error}");
            Ok(())
        }
    }
}

/// Calls a proxy for some seconds. Returns the requests a second, the microseconds of a processor for each, and the median
/// and the 99th percentile of the latency in milliseconds.
fn load(proxy: &Process, key: &str, body: &'static str, seconds: u32) -> Result<[f64; 4]> {
    let before = proxy.cpu()?;
    let wrk = Wrk::new(proxy, CHAT).key(key).post(body);
    let wrk = wrk.seconds(seconds).run()?;
    if wrk.errors > 0.0 {
        return Err(format!("{} of {} calls failed", wrk.errors, wrk.requests).into());
    }
    let cpu = (proxy.cpu()? - before).as_secs_f64() / wrk.requests;
    Ok([wrk.rate, cpu * 1e6, wrk.p50, wrk.p99])
}

fn print(what: &str, name: &str, [rate, cpu, p50, p99]: [f64; 4]) {
    println!(
        "-- {what} by {name}: {rate:.0} a second, {cpu:.1} us of a processor each, p50 {p50:.2} ms, p99 {p99:.2} ms"
    );
}

/// The same loads on LiteLLM's proxy, alone: it works on for a while at calls whose client has left.
fn beside_litellm(rates: &[f64], litellm: &Process) -> Result<()> {
    for ((what, body), ours) in LOADS.into_iter().zip(rates) {
        let measured = load(litellm, litellm::KEY, body, LITELLM_SECONDS)?;
        print(what, "LiteLLM", measured);
        println!("-- {what}: {:.0} times LiteLLM", ours / measured[0]);
    }
    println!("-- the memory of LiteLLM: {:.0} MiB", mebibytes(litellm)?);
    Ok(())
}

fn mebibytes(process: &Process) -> Result<f64> {
    Ok(process.memory()? / 1024.0 / 1024.0)
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
