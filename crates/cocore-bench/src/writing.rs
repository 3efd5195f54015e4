//! Keys that are created, each of which is on disk when it is acknowledged.

use tempfile::TempDir;

use crate::disk::{Disk, Word};
use crate::failure::Result;
use crate::pgbench::Pgbench;
use crate::plain_inserts::PlainInserts;
use crate::postgres::Cluster;
use crate::process::Process;
use crate::report::Report;
use crate::rounds::Rounds;
use crate::wrk::{Measured, Wrk};

const CREATE: &str = "/xrpc/dev.cocore.account.createApiKey";
const CONNECTIONS: u32 = 32;
/// The seconds of a round.
const SECONDS: u32 = 2;

fn creates(server: &Process, key: &str) -> Result<Measured> {
    let create = Wrk::new(server, CREATE).key(key);
    let create = create.post(r#"{"name":"bench"}"#);
    create.connections(CONNECTIONS).seconds(SECONDS).run()
}

pub(crate) fn on_sqlite(report: &mut Report, rounds: Rounds) -> Result<()> {
    let directory = TempDir::new()?;
    let file = |name: &str| directory.path().join(name).display().to_string();
    let (plain_file, url) = (
        file("plain.sqlite"),
        format!("sqlite:{}", file("keys.sqlite")),
    );
    // It creates the table.
    Process::first_key(&format!("sqlite:{plain_file}"))?;
    let key = Process::first_key(&url)?;
    let disk = Disk::new();
    let server = Process::server_with(&url, &disk.variables())?;
    let mut inserts = PlainInserts::open(&plain_file)?;
    let ours = || {
        let before = disk.get(Word::Syncs);
        let created = creates(&server, &key)?;
        let syncs = (disk.get(Word::Syncs) - before) as f64;
        Ok([created.rate, syncs / created.requests])
    };
    let plain = || Ok([inserts.run(SECONDS)?]);
    let ([ours, syncs], [plain]) = rounds.in_turn(ours, plain)?;
    println!(
        "-- SQLite, {CONNECTIONS} connections: {ours:.0} creates a second; a loop that inserts the same rows one by one {plain:.0}"
    );
    report.at_least("creates to plain inserts", ours / plain, 3.0);
    report.at_most("syncs a create", syncs, 0.2);
    Ok(())
}

pub(crate) fn on_postgres(report: &mut Report, rounds: Rounds) -> Result<()> {
    let cluster = match Cluster::new(&[]) {
        Ok(cluster) => cluster,
        Err(why) => {
            println!("-- left out: {why}");
            return Ok(());
        }
    };
    let (plain_url, url) = (cluster.database(), cluster.database());
    // It creates the table.
    Process::first_key(&plain_url)?;
    let key = Process::first_key(&url)?;
    let server = Process::server(&url)?;
    let mut pgbench = Pgbench::new(&cluster, &plain_url, CONNECTIONS, SECONDS)?;
    let ours = || Ok([creates(&server, &key)?.rate]);
    let ([ours], [theirs]) = rounds.in_turn(ours, || Ok([pgbench.run()?]))?;
    println!(
        "-- PostgreSQL, {CONNECTIONS} connections: {ours:.0} creates a second; pgbench {theirs:.0} rows"
    );
    report.at_least("creates to rows of pgbench", ours / theirs, 0.8);
    Ok(())
}
