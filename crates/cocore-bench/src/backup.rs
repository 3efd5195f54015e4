//! Requests while a backup is made, beside the same requests without one.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use crate::failure::Result;
use crate::keys::Filled;
use crate::process::{Process, target};
use crate::rounds::{Rounds, median};
use crate::wrk::Wrk;

const VERIFY: &str = "/auth/verify";
const CREATE: &str = "/xrpc/dev.cocore.account.createApiKey";
/// The seconds of a round.
const SECONDS: u32 = 8;
/// Few: a processor is left for the backup, whose own cost is not what is measured.
const CONNECTIONS: u32 = 4;

pub(crate) fn measure(rounds: Rounds, keys: u64) -> Result<()> {
    println!("-- backups of {keys} keys, {CONNECTIONS} connections");
    let filled = Filled::new(keys)?;
    let server = Process::server(&filled.url)?;
    for (path, body) in [(VERIFY, None), (CREATE, Some(r#"{"name":"bench"}"#))] {
        let calm = || {
            let wrk = Wrk::new(&server, path).key(&filled.key).paced();
            let wrk = wrk.connections(CONNECTIONS).seconds(SECONDS);
            let wrk = match body {
                Some(body) => wrk.post(body),
                None => wrk,
            };
            let measured = wrk.run()?;
            Ok([measured.p50, measured.p99, measured.longest])
        };
        let mut backups = Vec::new();
        let busy = || {
            let (measured, mut seconds) = during_backups(&filled.url, calm)?;
            backups.append(&mut seconds);
            Ok(measured)
        };
        let (without, with) = rounds.in_turn(calm, busy)?;
        println!("-- {path}: milliseconds at the 50th and the 99th percentile, and the longest");
        println!("-- without a backup {without:.2?}, during backups {with:.2?}");
        if !backups.is_empty() {
            println!("-- a backup took {:.1} s", median(backups));
        }
    }
    Ok(())
}

/// Runs something while backups are made, one after the other. Also returns how many seconds each took that was complete
/// before the end.
fn during_backups<T>(url: &str, run: impl FnOnce() -> Result<T>) -> Result<(T, Vec<f64>)> {
    let directory = tempfile::TempDir::new()?;
    let file = directory.path().join("backup.sqlite");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let backups = scope.spawn(|| {
            let mut seconds = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let mut backup: Command = target("cocore-server")?;
                backup.args(["backup", "--force", "--database-url", url]);
                let start = Instant::now();
                let status = backup
                    .arg(&file)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .status()?;
                if !status.success() {
                    return Err(format!("{backup:?}: {status}").into());
                }
                seconds.push(start.elapsed().as_secs_f64());
            }
            Ok(seconds)
        });
        let result = run();
        is_over.store(true, Ordering::Relaxed);
        let seconds: Result<Vec<f64>> = backups
            .join()
            .unwrap_or_else(|_| Err("the backups panicked".into()));
        Ok((result?, seconds?))
    })
}
