//! `cocore-server backup`: a copy of the database in one file, while the server runs.

use cocore_keys::Reason;
use cocore_store::{BackupContents, backup};

use super::control_socket;
use super::output::print;
use super::progress::{ProgressPrinter, size};
use crate::arguments::BackupArguments;
use crate::failure::Failure;
use crate::settings;

const POSTGRES: &str = "PostgreSQL is backed up by its own program, while the servers run: \
    pg_dump --format=custom --file=FILE --host=HOST --username=ROLE DATABASE";

pub(super) fn run(arguments: &BackupArguments) -> Result<(), Failure> {
    let url = settings::database(&arguments.database)?;
    let Some(database) = url.sqlite() else {
        return Err(Failure::new(POSTGRES));
    };
    // A server that has lost its log moves what was in it into the database, within a second.
    if control_socket::probe(database).is_ok() && !database.has_log() {
        return Err(Failure::new(format!(
            "the log of {url} was removed while a server runs: try again in a few seconds"
        )));
    }
    let file = &arguments.file;
    let mut progress = ProgressPrinter::new();
    let written = backup(database, file, arguments.force, |done| progress.bytes(done));
    drop(progress);
    let contents = written.map_err(|error| Failure::new(format!("no backup: {error}")))?;
    print(&format!("{}: {}", file.display(), describe(&contents)))
}

/// Describes what a verified backup holds.
pub(super) fn describe(contents: &BackupContents) -> String {
    let BackupContents {
        keys,
        schema,
        schema_state,
        bytes,
        ..
    } = contents;
    let size = size(i64::try_from(*bytes).unwrap_or(i64::MAX));
    let keys = if *keys == 1 {
        "1 key".to_owned()
    } else {
        format!("{keys} keys")
    };
    let state = match schema_state {
        Err(Reason::OlderSchema) => ", older than this program",
        Err(_) => ", newer than this program",
        Ok(()) => "",
    };
    format!("{keys}, {size}, schema {schema}{state}, verified")
}
