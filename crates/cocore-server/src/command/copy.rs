//! `cocore-server copy`: from one database to another.

use std::io::{Write, stderr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cocore_keys::{Clock, SystemClock};
use cocore_store::{DatabaseUrl, LockError, OwnerLock, Progress, copy};

use super::{Failure, print};

/// How often it is told how far it has come.
const TOLD_EVERY: Duration = Duration::from_secs(1);

pub(super) fn run(from: &str, to: &str) -> Result<(), Failure> {
    let (from, to) = (url("--from", from)?, url("--to", to)?);
    if from == to {
        return Err(Failure::new("--to: expected another database than --from"));
    }
    let _locks = (lock(&from)?, lock(&to)?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut told = Instant::now();
    let copied = copy(&from, &to, &clock, |Progress { what, done, total }| {
        if done == total || told.elapsed() >= TOLD_EVERY {
            told = Instant::now();
            // Nobody may be there to read it.
            let _ = writeln!(stderr(), "{what}: {done} of {total}");
        }
    });
    let copied = copied.map_err(|error| Failure::new(format!("the copy failed: {error}")))?;
    let counts = copied
        .iter()
        .map(|Progress { what, done, .. }| format!("{done} {what}"));
    let counts = counts.collect::<Vec<_>>().join(", ");
    print(&format!("copied {counts} from {from} to {to}"))
}

fn url(flag: &str, text: &str) -> Result<DatabaseUrl, Failure> {
    DatabaseUrl::parse(text).map_err(|error| Failure::new(format!("{flag}: {error}")))
}

/// Keeps servers and commands away from a file.
fn lock(url: &DatabaseUrl) -> Result<Option<OwnerLock>, Failure> {
    let lock = url.sqlite().map(OwnerLock::take).transpose();
    lock.map_err(|error| match error {
        LockError::Held => Failure::new(format!("a server uses {url}: stop it first")),
        LockError::Failed(why) => Failure::new(why),
    })
}
