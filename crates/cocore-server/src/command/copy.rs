//! `cocore-server copy`: copies one database into another.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use cocore_keys::{Clock, SystemClock};
use cocore_store::{DatabaseUrl, LockError, Progress, SqliteFile, copy};

use super::output::print;
use super::progress::ProgressPrinter;
use crate::arguments::CopyArguments;
use crate::failure::Failure;

pub(super) fn run(databases: &CopyArguments) -> Result<(), Failure> {
    let CopyArguments {
        from,
        from_file,
        to,
        to_file,
        ..
    } = databases;
    let from = url("from", from.as_deref(), from_file.as_deref())?;
    let to = url("to", to.as_deref(), to_file.as_deref())?;
    if from == to {
        return Err(Failure::new(
            "--to (COCORE_COPY_TO): expected another database than --from",
        ));
    }
    // A missing source is not created.
    if from.sqlite().is_none_or(|file| file.path().exists()) {
        lock(&from)?;
    }
    lock(&to)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut progress = ProgressPrinter::new();
    let copied = copy(&from, &to, &clock, |done| progress.rows(done));
    drop(progress);
    let copied = copied.map_err(|error| Failure::new(format!("the copy failed: {error}")))?;
    let counts = copied
        .iter()
        .map(|Progress { what, done, .. }| format!("{done} {what}"));
    let counts = counts.collect::<Vec<_>>().join(", ");
    print(&format!("copied {counts} from {from} to {to}"))
}

/// Parses the URL that a file, an option or its variable holds. No error shows the URL.
fn url(name: &str, text: Option<&str>, file: Option<&Path>) -> Result<DatabaseUrl, Failure> {
    let variable = format!("COCORE_COPY_{}", name.to_uppercase());
    let (setting, text) = match (file, text) {
        (Some(file), _) => {
            let setting = format!("--{name}-file ({variable}_FILE)");
            let failed = |error| Failure::new(format!("{setting}: {}: {error}", file.display()));
            let text = fs::read_to_string(file).map_err(failed)?;
            let line = text.lines().next().unwrap_or_default().trim().to_owned();
            (setting, line)
        }
        (None, Some(text)) => (format!("--{name} ({variable})"), text.to_owned()),
        (None, None) => {
            return Err(Failure::new(format!(
                "expected a database: set --{name}, {variable} or --{name}-file"
            )));
        }
    };
    DatabaseUrl::parse(&text).map_err(|error| Failure::new(format!("{setting}: {error}")))
}

/// Locks a file, so that no server and no other command uses it.
fn lock(url: &DatabaseUrl) -> Result<(), Failure> {
    let lock = url.sqlite().map_or(Ok(()), SqliteFile::lock);
    lock.map_err(|error| match error {
        LockError::Held => Failure::new(format!("a server uses {url}: stop it first")),
        LockError::Failed(why) => Failure::new(why),
    })
}
