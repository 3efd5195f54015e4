//! Putting a backup in the place of a database.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::changes::{ChangesSince, prepare};
use super::connection::connect;
use super::contents::{BackupContents, check_integrity, verify};
use super::error::BackupError;
use super::partial::{PartialFile, sync_dir_of, with_suffix};
use crate::copy::Progress;
use crate::lock::{LockError, LockedFile, lock};
use crate::sqlite::{self, FileId, empty_log, give_to_owner_of};
use crate::time::millis;
use crate::url::SqliteFile;

/// How many bytes are copied at a time.
const CHUNK: usize = 1 << 20;

/// How a backup is restored.
#[derive(Clone, Copy, Debug)]
pub struct RestoreOptions {
    /// Whether keys that the replaced database has as revoked, or does not have any more, are revoked.
    pub keep_revocations: bool,
    /// The time of now.
    pub now: DateTime<Utc>,
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// What the backup holds.
    pub contents: BackupContents,
    /// The name of the database that was replaced, if there was one.
    pub replaced: Option<PathBuf>,
    /// What was changed since the backup, if the replaced database can be read.
    pub since: Option<ChangesSince>,
}

/// Replaces a database by a copy of a backup, at once: whenever the process ends, the database is the old or the new
/// one. The old one gets another name beside it. No server may run. Progress is in bytes. It blocks.
///
/// # Errors
/// The backup is damaged, incomplete, another program's or of a newer version, another process uses the database, or
/// the disk fails. The database is as it was before.
pub fn restore(
    database: &SqliteFile,
    backup: &Path,
    options: RestoreOptions,
    progress: impl FnMut(Progress),
) -> Result<Restored, BackupError> {
    check_source(database, backup)?;
    let path = database.path();
    let exists = path.try_exists();
    let exists = exists.map_err(|error| BackupError::file(path, error))?;
    // The database may be named by a symbolic link, which stays.
    let place = if exists {
        path.canonicalize()
            .map_err(|error| BackupError::file(path, error))?
    } else {
        path.to_owned()
    };
    let locked = exists.then(|| lock(database)).transpose();
    let locked = locked.map_err(|error| match error {
        LockError::Held => BackupError::InUse(place.clone()),
        LockError::Failed(error) => BackupError::database(&place, error),
    })?;
    let partial = PartialFile::create(&place)?;
    copy(backup, &partial, progress)?;
    let contents = verify(partial.path(), backup)?;
    if contents.schema_state == Err(cocore_keys::Reason::NewerSchema) {
        return Err(BackupError::Newer {
            path: backup.to_owned(),
            version: contents.schema,
        });
    }
    let is_sound = match &locked {
        Some(locked) if !is_empty(&place) => move_log(database, locked)?,
        _ => false,
    };
    let old = is_sound.then_some(&*place);
    let now = millis(options.now);
    let since = prepare(partial.path(), old, options.keep_revocations, now)?;
    let owner = if exists { &*place } else { dir_of(&place) };
    give_to_owner_of(owner, partial.file())
        .map_err(|error| BackupError::file(partial.path(), error))?;
    let replaced = set_aside(&place, options.now);
    let replaced = replaced.map_err(|error| BackupError::file(&place, error))?;
    partial.persist(exists).map_err(|error| match error {
        BackupError::Exists(path) => BackupError::InUse(path),
        error => error,
    })?;
    Ok(Restored {
        contents,
        replaced,
        since,
    })
}

/// Checks that the file alone is a backup, which no process writes to.
fn check_source(database: &SqliteFile, backup: &Path) -> Result<(), BackupError> {
    let metadata = backup.metadata().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BackupError::NoFile(backup.to_owned()),
        _ => BackupError::file(backup, error),
    })?;
    if !metadata.is_file() {
        return Err(BackupError::NotRegular(backup.to_owned()));
    }
    if let (Ok(backup_id), Ok(id)) = (FileId::of(backup), FileId::of(database.path()))
        && backup_id == id
    {
        return Err(BackupError::IsDatabase(backup.to_owned()));
    }
    // SQLite finds the log beside the file itself.
    let file = backup.canonicalize().unwrap_or_else(|_| backup.to_owned());
    for suffix in ["-wal", "-journal"] {
        let log = with_suffix(&file, suffix);
        if log.metadata().is_ok_and(|log| log.len() > 0) {
            return Err(BackupError::HasLog(backup.to_owned()));
        }
    }
    Ok(())
}

/// Copies the backup. A server that runs on it would change it meanwhile.
fn copy(
    backup: &Path,
    partial: &PartialFile,
    mut progress: impl FnMut(Progress),
) -> Result<(), BackupError> {
    let failed = |error| BackupError::file(backup, error);
    let mut source = File::open(backup).map_err(failed)?;
    if let Err(fs::TryLockError::WouldBlock) = source.try_lock_shared() {
        return Err(BackupError::InUse(backup.to_owned()));
    }
    let total = source.metadata().map_err(failed)?.len();
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    let (mut done, mut chunk) = (0, vec![0; CHUNK]);
    loop {
        let read = source.read(&mut chunk).map_err(failed)?;
        if read == 0 {
            return Ok(());
        }
        let written = partial.file().write_all(&chunk[..read]);
        written.map_err(|error| BackupError::file(partial.path(), error))?;
        done += i64::try_from(read).unwrap_or(0);
        progress(Progress {
            what: "copied",
            done,
            total,
        });
    }
}

fn dir_of(path: &Path) -> &Path {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    dir.unwrap_or(Path::new("."))
}

/// Moves the log of the old database into it, which then is in one file. Returns whether the database is sound. One
/// that is damaged is not touched, and its log is kept beside it.
fn move_log(database: &SqliteFile, locked: &LockedFile) -> Result<bool, BackupError> {
    // A connection that may only read does not move the log when it is closed.
    let sound = connect(database.path(), "mode=ro").is_ok_and(|mut connection| {
        let checked = check_integrity(&mut connection);
        checked.is_ok()
    });
    let Some(mut connection) = sound.then(|| sqlite::connect(database).ok()).flatten() else {
        return Ok(false);
    };
    match empty_log(&mut connection, locked) {
        Ok(true) => Ok(true),
        Ok(false) => Err(BackupError::Open(database.path().to_owned())),
        Err(_) => Ok(false),
    }
}

/// Whether there is nothing in a database, if it exists.
fn is_empty(database: &Path) -> bool {
    let has_bytes = |path: &Path| path.metadata().is_ok_and(|file| file.len() > 0);
    !has_bytes(database) && !has_bytes(&with_suffix(database, "-wal"))
}

/// Gives the database a second name, and takes its log out of the way: the new database must not find it. Until the
/// new database gets the first name, that name leads to the old one. Returns the second name, if there is anything to
/// keep.
fn set_aside(database: &Path, now: DateTime<Utc>) -> io::Result<Option<PathBuf>> {
    if is_empty(database) {
        remove_log(database)?;
        return Ok(None);
    }
    remove_earlier_names(database)?;
    let name = format!(".replaced-{}", now.format("%Y%m%dT%H%M%S%.3fZ"));
    let second = with_suffix(database, &name);
    if database.try_exists()? {
        fs::hard_link(database, &second)?;
    }
    let log = with_suffix(database, "-wal");
    if log.metadata().is_ok_and(|log| log.len() > 0) {
        fs::rename(&log, with_suffix(&second, "-wal"))?;
    }
    remove_log(database)?;
    Ok(Some(second))
}

/// Removes the second names that a process left which was killed before it had replaced the database: they lead to
/// the database that is in use.
fn remove_earlier_names(database: &Path) -> io::Result<()> {
    let id = |path: &Path| FileId::of(path).ok();
    let Some(name) = database.file_name().and_then(|name| name.to_str()) else {
        return Ok(());
    };
    let prefix = format!("{name}.replaced-");
    for entry in fs::read_dir(dir_of(database))? {
        let entry = entry?;
        let is_second = entry.file_name().to_string_lossy().starts_with(&prefix);
        if is_second && id(&entry.path()) == id(database) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn remove_log(database: &Path) -> io::Result<()> {
    for suffix in ["-wal", "-shm"] {
        match fs::remove_file(with_suffix(database, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    sync_dir_of(database)
}
