//! What scopes, long lists and cascades cost.

use std::fs;
use std::hint::spin_loop;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use cocore_keys::{Access, Clock, KeyStore, Lineage, NewKey, Scopes, SystemClock};
use cocore_store::{DatabaseUrl, Store};
use lexicon_runtime::Did;
use serde_json::json;
use tempfile::TempDir;

use crate::client::Call;
use crate::failure::Result;
use crate::keys::{creation, key, secret};
use crate::postgres::{Cluster, name};
use crate::process::Process;
use crate::report::Report;
use crate::rounds::{Rounds, median};
use crate::wrk::Wrk;

const VERIFY: &str = "/auth/verify";
const LIST_KEYS: &str = "/xrpc/dev.cocore.apikey.listKeys?limit=10";
/// When a load is disturbed, in the middle of it.
const BEFORE: Duration = Duration::from_secs(1);
/// A query that is repeated for as long as a cascade takes.
const OTHER_WORK: &str = "SELECT count(*) FROM generate_series(1, 200000)";
/// The keys that descend from one.
const DESCENDANTS: u64 = 10_000;
/// How often such a family is revoked.
const FAMILIES: u64 = 5;
/// The keys of a large account.
const MANY: u64 = 1000;
/// The keys of a small account.
const FEW: u64 = 10;

pub(crate) fn measure(report: &mut Report, rounds: Rounds) -> Result<()> {
    let directory = TempDir::new()?;
    scopes_and_pages(report, rounds, directory.path())?;
    println!("-- cascades over {DESCENDANTS} keys on SQLite");
    let server = Process::server(&file(directory.path(), "families", families()?)?)?;
    // The thread that writes to the file takes a core: so does a busy loop.
    cascades(report, &server, &[&server], &spin_loop)?;
    drop(server);
    let cluster = match Cluster::new(&[]) {
        Ok(cluster) => cluster,
        Err(why) => {
            println!("-- left out: {why}");
            return Ok(());
        }
    };
    println!("-- the same on PostgreSQL, with two servers");
    let url = cluster.database();
    fill(&url, families()?)?;
    let servers = [Process::server(&url)?, Process::server(&url)?];
    let database = name(&url);
    // The database is on the same few cores, and a cascade takes one of them for a while: so does this query.
    let other_work = || {
        cluster.query(database, OTHER_WORK);
    };
    let both = [&servers[0], &servers[1]];
    cascades(report, &servers[0], &both, &other_work)
}

/// Stores keys in an SQLite file, and returns the URL of a copy: a process owns a file that it has opened for as long as
/// it runs.
fn file(directory: &Path, name: &str, keys: Vec<NewKey>) -> Result<String> {
    let [own, served] = ["own", "served"].map(|whose| directory.join(format!("{name}-{whose}")));
    let url = |file: &Path| format!("sqlite:{}", file.display());
    fill(&url(&own), keys)?;
    fs::copy(&own, &served)?;
    Ok(url(&served))
}

/// A key of an account with a number of its own.
fn key_of(account: &str, number: u64) -> Result<NewKey> {
    let mut new = key(number, SystemClock.now())?;
    new.active.did = Arc::new(Did::parse(format!("did:web:{account}.example"))?);
    new.active.access = Access::EVERYTHING;
    Ok(new)
}

/// Keys whose first ones are the ancestors, each with its descendants, and one of another account.
fn families() -> Result<Vec<NewKey>> {
    let mut keys = Vec::new();
    for family in 0..FAMILIES {
        let root = key_of("families", family)?;
        let parent = root.active.id.to_string();
        keys.push(root);
        for number in 0..DESCENDANTS {
            let number = FAMILIES + family * DESCENDANTS + number;
            let lineage = Lineage {
                parent: Some(parent.clone()),
                ..Lineage::default()
            };
            keys.push(NewKey {
                lineage,
                ..key_of("families", number)?
            });
        }
    }
    let others = FAMILIES * (1 + DESCENDANTS);
    keys.push(key_of("other", others)?);
    keys.push(key_of("families", others + 1)?);
    Ok(keys)
}

/// Stores keys, many at once.
fn fill(url: &str, keys: Vec<NewKey>) -> Result<()> {
    let store = Store::open(DatabaseUrl::parse(url)?, Arc::new(SystemClock));
    tokio::runtime::Runtime::new()?.block_on(async {
        // The first operation creates the tables.
        store.ping().await?;
        for some in keys.chunks(500) {
            let create = |new: &NewKey| {
                let (store, new) = (store.clone(), creation(new.clone()));
                tokio::spawn(async move { store.key_create(new).await })
            };
            let all: Vec<_> = some.iter().map(create).collect();
            for one in all {
                one.await??;
            }
        }
        store.close().await;
        Ok(())
    })
}

/// A verified request with a key that has scopes beside one without, and a page of a large account beside one of a
/// small account.
fn scopes_and_pages(report: &mut Report, rounds: Rounds, directory: &Path) -> Result<()> {
    let scopes: Vec<_> = (0..16)
        .map(|number| format!("rpc:com.example.method{number}?aud=did:web:a.example%23b"))
        .collect();
    let scopes = Scopes::parse(&format!(
        "{} rpc:*?aud=did:web:c.example%23d",
        scopes.join(" ")
    ))?;
    let mut keys = Vec::new();
    for number in 0..MANY {
        keys.push(key_of("many", number)?);
    }
    for number in 0..FEW {
        keys.push(key_of("few", MANY + number)?);
    }
    let mut scoped = key_of("few", MANY + FEW)?;
    scoped.active.access = Access::new(Some(scopes), None);
    let own = key_of("scoped", MANY + FEW + 1)?;
    keys.extend([scoped, own]);
    let server = Process::server(&file(directory, "pages", keys)?)?;
    let [many, few, scoped] =
        [0, MANY, MANY + FEW].map(|number| secret(number).expose().to_owned());

    let run = |path: &str, key: &str| {
        let before = server.cpu()?;
        let wrk = Wrk::new(&server, path).key(key).seconds(2).run()?;
        let cpu = (server.cpu()? - before).as_secs_f64() / wrk.requests;
        Ok([cpu * 1e6])
    };
    let ([with], [without]) = rounds.in_turn(|| run(VERIFY, &scoped), || run(VERIFY, &few))?;
    println!("-- microseconds of a processor: {with:.2} with 17 scopes, {without:.2} without");
    let what = "a verified key with scopes to one without, in processor time";
    report.at_most(what, with / without, 1.05);
    let ([large], [small]) = rounds.in_turn(|| run(LIST_KEYS, &many), || run(LIST_KEYS, &few))?;
    println!("-- microseconds of a processor: {large:.1} of {MANY} keys, {small:.1} of {FEW}");
    let what = "a page of ten of 1,000 keys to a list of ten, in processor time";
    report.at_most(what, large / small, 2.0);
    Ok(())
}

/// Revokes one family after the other on a server, and measures how long each takes, and what it does to requests with
/// a key of another account on every server, beside what other work does to them that takes a core, and is repeated
/// for as long.
fn cascades(
    report: &mut Report,
    here: &Process,
    servers: &[&Process],
    other_work: &dyn Fn(),
) -> Result<()> {
    let others = FAMILIES * (1 + DESCENDANTS);
    let other = secret(others).expose().to_owned();
    let master = secret(others + 1).expose().to_owned();
    let load = |during: &mut dyn FnMut() -> Result<()>| -> Result<f64> {
        let running: Result<Vec<_>> = servers
            .iter()
            .map(|server| {
                let calm = Wrk::new(server, VERIFY).key(&other).paced();
                calm.connections(4).seconds(3).start()
            })
            .collect();
        // In the middle of the load.
        thread::sleep(BEFORE);
        during()?;
        let mut worst = 0_f64;
        for one in running? {
            worst = worst.max(one.finish()?.p99);
        }
        Ok(worst)
    };
    let (mut durations, mut calm, mut disturbed) = (Vec::new(), Vec::new(), Vec::new());
    for family in 0..FAMILIES {
        let mut duration = Duration::ZERO;
        disturbed.push(load(&mut || {
            let root = secret(family).expose().to_owned();
            duration = revoke(here, &root, &master)?;
            let descendant = secret(FAMILIES + family * DESCENDANTS + DESCENDANTS / 2);
            for server in servers {
                let call = Call::new(&server.address, "GET", VERIFY).key(descendant.expose());
                let status = call.try_send()?.status;
                if status != 401 {
                    return Err(format!("a revoked key is answered with {status}").into());
                }
            }
            Ok(())
        })?);
        durations.push(duration.as_secs_f64());
        calm.push(load(&mut || {
            let begun = Instant::now();
            while begun.elapsed() < duration {
                other_work();
            }
            Ok(())
        })?);
    }
    let (calm, disturbed) = (median(calm), median(disturbed));
    println!(
        "-- p99 of other keys: {calm:.2} ms beside other work, and {disturbed:.2} ms beside cascades"
    );
    let what = format!("seconds of a cascade over {DESCENDANTS} keys");
    report.at_most(&what, median(durations), 1.0);
    report.at_most(
        "p99 of other keys during cascades to that during equally long work",
        disturbed / calm,
        1.25,
    );
    Ok(())
}

/// Revokes a key with all that descend from it.
fn revoke(server: &Process, root: &str, master: &str) -> Result<Duration> {
    let who = Call::new(&server.address, "GET", "/xrpc/dev.cocore.apikey.whoAmI").key(root);
    let who: serde_json::Value = serde_json::from_slice(&who.try_send()?.body)?;
    let input = json!({ "id": who["keyId"], "cascade": true });
    let call = Call::new(&server.address, "POST", "/xrpc/dev.cocore.apikey.revokeKey");
    let sent = Instant::now();
    let answer = call.json(&input).key(master).try_send()?;
    let duration = sent.elapsed();
    let body: serde_json::Value = serde_json::from_slice(&answer.body)?;
    let revoked = body["revoked"].as_array().map_or(0, Vec::len);
    if revoked as u64 != DESCENDANTS + 1 {
        return Err(format!("{revoked} keys were revoked: {}", answer.status).into());
    }
    Ok(duration)
}
