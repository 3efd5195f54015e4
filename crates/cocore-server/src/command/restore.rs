//! `cocore-server restore`: puts a backup in the place of the database of a stopped server.

use cocore_keys::{Clock, SystemClock};
use cocore_store::{ChangedKeys, ChangesSince, RestoreOptions, Restored, restore};

use super::backup::describe;
use super::control_socket;
use super::output::{print, print_note};
use super::progress::ProgressPrinter;
use crate::arguments::RestoreArguments;
use crate::failure::Failure;
use crate::settings;

const POSTGRES: &str = "PostgreSQL is restored by its own program, while no server runs: \
    pg_restore --clean --if-exists --single-transaction --host=HOST --username=ROLE --dbname=DATABASE FILE";

const UNKNOWN: &str = "The replaced database cannot be compared. Keys that were revoked or deleted after the backup \
    was made are active again: revoke each of them, before the server starts. Keys that were created since are lost.";

pub(super) fn run(arguments: &RestoreArguments) -> Result<(), Failure> {
    let url = settings::database(&arguments.database)?;
    let Some(database) = url.sqlite() else {
        return Err(Failure::new(POSTGRES));
    };
    // The file of a running server may have been replaced: then it holds the lock of another file.
    if control_socket::probe(database).is_ok() {
        return Err(Failure::new(format!("a server uses {url}: stop it first")));
    }
    let options = RestoreOptions {
        keep_revocations: arguments.keep_revocations,
        now: SystemClock.now(),
    };
    let mut progress = ProgressPrinter::new();
    let restored = restore(database, &arguments.file, options, |done| {
        progress.bytes(done);
    });
    drop(progress);
    let restored = restored.map_err(|error| Failure::new(format!("nothing restored: {error}")))?;
    report(&restored, arguments)?;
    print(&format!("{url}: {}", describe(&restored.contents)))
}

/// Prints what the restoration means for keys.
fn report(restored: &Restored, arguments: &RestoreArguments) -> Result<(), Failure> {
    let Some(replaced) = &restored.replaced else {
        return Ok(());
    };
    print(&format!("replaced database: {}", replaced.display()))?;
    let Some(since) = &restored.since else {
        print_note(UNKNOWN);
        return Ok(());
    };
    let ChangesSince {
        revoked,
        deleted,
        created,
        ..
    } = since;
    if arguments.keep_revocations {
        print_keys("revoked again, revoked after the backup was made", revoked)?;
        print_keys("revoked, deleted after the backup was made", deleted)?;
    } else {
        print_keys("active again, revoked after the backup was made", revoked)?;
        print_keys("active again, deleted after the backup was made", deleted)?;
    }
    print_keys("lost, created after the backup was made", created)?;
    if !arguments.keep_revocations && revoked.count + deleted.count > 0 {
        print_note(
            "Before the server starts, revoke the keys that are active again: `cocore-server key revoke --did DID ID`.",
        );
    }
    Ok(())
}

fn print_keys(what: &str, keys: &ChangedKeys) -> Result<(), Failure> {
    print(&format!("{what}: {}", keys.count))?;
    for (did, id) in &keys.first {
        // Another program may have written them.
        print(&format!("  {}  {}", did.escape_debug(), id.escape_debug()))?;
    }
    let listed = i64::try_from(keys.first.len()).unwrap_or(i64::MAX);
    if keys.count > listed {
        print(&format!("  and {} more", keys.count - listed))?;
    }
    Ok(())
}
