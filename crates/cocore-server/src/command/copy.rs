//! `cocore-server copy`: copies one database into another.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cocore_keys::{Clock, SystemClock};
use cocore_store::{DatabaseUrl, LockError, OwnerLock, Progress, copy};

use super::output::{print, print_note};
use crate::failure::Failure;

/// How often progress is printed.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

pub(super) fn run(from: &str, to: &str) -> Result<(), Failure> {
    let (from, to) = (url("--from", from)?, url("--to", to)?);
    if from == to {
        return Err(Failure::new("--to: expected another database than --from"));
    }
    let _locks = (lock(&from)?, lock(&to)?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut printed = Instant::now();
    let copied = copy(&from, &to, &clock, |Progress { what, done, total }| {
        if done == total || printed.elapsed() >= PROGRESS_INTERVAL {
            printed = Instant::now();
            print_note(&format!("{what}: {done} of {total}"));
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

/// Locks a file, so that no server and no other command uses it.
fn lock(url: &DatabaseUrl) -> Result<Option<OwnerLock>, Failure> {
    let lock = url.sqlite().map(OwnerLock::take).transpose();
    lock.map_err(|error| match error {
        LockError::Held => Failure::new(format!("a server uses {url}: stop it first")),
        LockError::Failed(why) => Failure::new(why),
    })
}
