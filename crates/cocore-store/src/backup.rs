//! A backup of an SQLite database, in one file: made while a server runs, and verified.
//!
//! `VACUUM INTO` writes the copy. It reads one snapshot, so that the copy has every change that was committed
//! before, and nothing that is committed later. SQLite's other interface, which copies pages, can only be called by
//! unsafe code.

mod changes;
mod connection;
mod contents;
mod error;
mod partial;
mod restore;

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::copy::Progress;
use crate::sqlite::{self, FileId};
use crate::url::SqliteFile;

pub use changes::{ChangedKeys, ChangesSince};
pub use contents::BackupContents;
pub use error::BackupError;
pub use restore::{RestoreOptions, Restored, restore};

use connection::{connect, size};
use contents::verify;
use partial::PartialFile;

/// How often progress is reported.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// Writes a verified backup of a database to a file with mode 0600. The file appears under its name when it is
/// complete and synced; until then, its name ends in `.partial`. Neither the database nor its server is locked.
/// Progress is in bytes. It blocks.
///
/// # Errors
/// The file exists and is not to be overwritten, it cannot be written, or the database cannot be read or is damaged.
pub fn backup(
    database: &SqliteFile,
    file: &Path,
    overwrite: bool,
    mut progress: impl FnMut(Progress),
) -> Result<BackupContents, BackupError> {
    if !database.path().is_file() {
        return Err(BackupError::NoFile(database.path().to_owned()));
    }
    check_target(database, file, overwrite)?;
    let failed = |error: &dyn std::fmt::Display| BackupError::database(database.path(), error);
    let mut source = connect(database.path(), "mode=rw").map_err(|error| failed(&error))?;
    let total = size(&mut source).map_err(|error| failed(&error))?;
    let partial = PartialFile::create(file)?;
    // No lock of the target: the file systems on which backups are stored do not all have them.
    let target = sqlite::uri(partial.path(), "mode=rw&nolock=1");
    let (sender, finished) = channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let vacuum = diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(target);
            let _ = sender.send(vacuum.execute(&mut source));
        });
        loop {
            match finished.recv_timeout(PROGRESS_INTERVAL) {
                Ok(result) => break result.map_err(|error| failed(&error)),
                Err(RecvTimeoutError::Disconnected) => break Err(failed(&"the copy has stopped")),
                Err(RecvTimeoutError::Timeout) => {
                    let done = partial.len().min(total);
                    progress(Progress {
                        what: "written",
                        done,
                        total,
                    });
                }
            }
        }
    })?;
    let written = partial.len();
    progress(Progress {
        what: "written",
        done: written,
        total: written,
    });
    let contents = verify(partial.path(), database.path())?;
    partial.persist(overwrite)?;
    Ok(contents)
}

/// Checks that a file may be created or replaced.
fn check_target(database: &SqliteFile, file: &Path, overwrite: bool) -> Result<(), BackupError> {
    let Ok(found) = file.symlink_metadata() else {
        return Ok(());
    };
    let is_same = |other: &Path| match (FileId::of(file), FileId::of(other)) {
        (Ok(file), Ok(other)) => file == other,
        _ => false,
    };
    let of_database = ["", "-wal", "-shm", "-journal"].map(|suffix| database.with_suffix(suffix));
    if of_database.iter().any(|other| is_same(other)) {
        return Err(BackupError::IsDatabase(file.to_owned()));
    }
    if !found.is_file() && !found.is_symlink() {
        return Err(BackupError::NotRegular(file.to_owned()));
    }
    if !overwrite {
        return Err(BackupError::Exists(file.to_owned()));
    }
    Ok(())
}
