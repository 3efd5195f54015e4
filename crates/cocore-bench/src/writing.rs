//! Keys that are made, each of which is on disk when it is acknowledged.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::disk::{Disk, Word};
use crate::keys;
use crate::postgres::{Cluster, name};
use crate::process::Process;
use crate::report::Report;
use crate::wrk::Wrk;

const CREATE: &str = "/xrpc/dev.cocore.account.createApiKey";
const CONNECTIONS: u32 = 32;
const SECONDS: u32 = 5;

fn creates(server: &Process, key: &str) -> Wrk {
    let create = Wrk::new(server, CREATE).key(key);
    let create = create.post(r#"{"name":"bench"}"#);
    create.connections(CONNECTIONS).seconds(SECONDS)
}

pub(crate) fn on_sqlite(report: &mut Report) {
    let dir = TempDir::new().unwrap();
    let url = |name: &str| format!("sqlite:{}", dir.path().join(name).display());
    let (plain_url, url) = (url("plain.sqlite"), url("keys.sqlite"));
    Process::first_key(&plain_url);
    let plain = keys::plain_inserts_a_second(plain_url.strip_prefix("sqlite:").unwrap());
    let key = Process::first_key(&url);
    let disk = Disk::new();
    let server = Process::server_with(&url, &disk.variables());
    let before = disk.get(Word::Syncs);
    let made = creates(&server, &key).run();
    let syncs = (disk.get(Word::Syncs) - before) as f64 / made.requests;
    println!(
        "-- SQLite, {CONNECTIONS} connections: {:.0} creates a second; a loop that inserts the same rows one by one {plain:.0}",
        made.rate
    );
    report.at_least("creates to plain inserts", made.rate / plain, 3.0);
    report.at_most("syncs a create", syncs, 0.2);
}

/// What `pgbench` does: the same row in the same table, one a transaction.
const ROW: &str = "INSERT INTO api_keys (id, did, name, prefix, hash, created_at)
    VALUES (gen_random_uuid()::text, 'did:web:bench.example', 'bench', 'cocore-abcdefgh',
        sha256(gen_random_uuid()::text::bytea), 0);\n";

pub(crate) fn on_postgres(report: &mut Report) {
    let cluster = match Cluster::new(&[]) {
        Ok(cluster) => cluster,
        Err(why) => return println!("-- left out: {why}"),
    };
    let (plain_url, url) = (cluster.database(), cluster.database());
    Process::first_key(&plain_url);
    let key = Process::first_key(&url);
    let dir = TempDir::new().unwrap();
    let script = dir.path().join("row.sql");
    fs::write(&script, ROW).unwrap();
    let pgbench = || {
        let mut pgbench = Command::new(cluster.program("pgbench"));
        pgbench
            .args(["--no-vacuum", "--username=cocore"])
            .args(["--jobs=2", &format!("--client={CONNECTIONS}")])
            .arg(format!("--time={SECONDS}"))
            .arg(format!(
                "--host={}",
                cluster.socket().parent().unwrap().display()
            ))
            .arg(format!("--file={}", script.display()))
            .arg(name(&plain_url));
        let output = pgbench.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text.split("tps = ").nth(1);
        let rate = rate.unwrap_or_else(|| panic!("{output:?}")).split(' ');
        rate.into_iter().next().unwrap().parse::<f64>().unwrap()
    };
    let server = Process::server(&url);
    let (mut ours, mut theirs) = (0.0, 0.0);
    for _ in 0..3 {
        theirs = f64::max(theirs, pgbench());
        ours = f64::max(ours, creates(&server, &key).run().rate);
    }
    println!(
        "-- PostgreSQL, {CONNECTIONS} connections: {ours:.0} creates a second; pgbench {theirs:.0} rows"
    );
    report.at_least("creates to rows of pgbench", ours / theirs, 0.8);
}
