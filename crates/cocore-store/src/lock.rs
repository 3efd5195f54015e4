//! The lock by which one process owns an SQLite database. It is the operating system's: the lock of a killed
//! process is released.
//!
//! On Linux it is a lock (`flock`) of the database's file itself. It has no name of its own that could be
//! removed, and holds for every name of the file. SQLite's locks (POSIX) neither see it nor are seen by it.
//! On other systems the two kinds conflict, and the lock is on a file beside the database.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use cocore_keys::{Reason, StoreError};
use thiserror::Error;

use crate::error::Cause;
use crate::sqlite::{FileId, private_file};
use crate::url::SqliteFile;

/// The databases that this process owns, until it ends. A descriptor of a database is never closed: that would
/// release every lock that SQLite holds on the file for this process, and another process could remove the
/// log.
static LOCKED: Mutex<Vec<LockedFile>> = Mutex::new(Vec::new());

/// A database's file that this process owns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LockedFile {
    pub(crate) id: FileId,
    /// The paths of the log and of its index.
    pub(crate) log: &'static Path,
    pub(crate) index: &'static Path,
    descriptor: &'static File,
    /// How often what this process wrote was synced.
    syncs: &'static AtomicU64,
}

impl LockedFile {
    /// Syncs the file.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.count_sync();
        self.descriptor.sync_data().map_err(|error| {
            let message = format!("the database's file cannot be synced: {error}");
            StoreError::new(Reason::SyncFailed, message)
        })
    }

    /// Counts a sync that SQLite has made.
    pub(crate) fn count_sync(&self) {
        self.syncs.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how often this process has synced the database or its log.
    pub(crate) fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }
}

/// The error of [`SqliteFile::lock`].
#[derive(Debug, Error)]
pub enum LockError {
    /// Another process has the lock.
    #[error("another process uses this database")]
    Held,
    /// The file cannot be created or locked.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

impl SqliteFile {
    /// Locks the database for this process until the process ends, without waiting. The file is created if it
    /// does not exist. A process may lock a database several times.
    ///
    /// # Errors
    /// Another process has the lock, or the file cannot be locked.
    pub fn lock(&self) -> Result<(), LockError> {
        lock(self).map(drop)
    }
}

pub(crate) fn lock(database: &SqliteFile) -> Result<LockedFile, LockError> {
    let mut locked = LOCKED.lock().unwrap_or_else(PoisonError::into_inner);
    private_file(database)?;
    let id = FileId::of(database.path())?;
    if let Some(locked) = locked.iter().find(|locked| locked.id == id) {
        return Ok(*locked);
    }
    // A connection is opened only after its file was locked. This process has none, so that a descriptor
    // may be closed here. A file system that is read-only now may be locked too.
    let file = File::open(database.path()).map_err(|error| failed(database, error))?;
    if FileId::of_open(&file).ok() != Some(id) {
        return Err(LockError::Failed(Cause::FileReplaced.into()));
    }
    let beside = if cfg!(target_os = "linux") {
        None
    } else {
        Some(file_beside(database).map_err(|error| failed(database, error))?)
    };
    match beside.as_ref().unwrap_or(&file).try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(LockError::Held),
        Err(TryLockError::Error(error)) => return Err(failed(database, error)),
    }
    std::mem::forget(beside);
    let path = |suffix| &*Box::leak(database.with_suffix(suffix).into_boxed_path());
    let new = LockedFile {
        id,
        log: path("-wal"),
        index: path("-shm"),
        descriptor: Box::leak(Box::new(file)),
        syncs: Box::leak(Box::default()),
    };
    locked.push(new);
    Ok(new)
}

/// Opens the file beside the database that is locked where the database itself cannot be.
fn file_beside(database: &SqliteFile) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(database.beside("lock"))
}

fn failed(database: &SqliteFile, error: io::Error) -> LockError {
    LockError::Failed(Cause::file(database.path(), error).into())
}

impl From<LockError> for StoreError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Held => Self::new(Reason::NotOwned, error.to_string()),
            LockError::Failed(error) => error,
        }
    }
}
