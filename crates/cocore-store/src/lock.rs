//! The lock by which one process owns an SQLite database. It is the operating system's: the lock of a killed
//! process is released.

use std::fs::{File, OpenOptions, TryLockError};

use thiserror::Error;

use crate::url::SqliteFile;

/// The ownership of an SQLite database, until it is dropped. The lock is on a file beside the database: a
/// lock on the database itself would interfere with SQLite's.
#[derive(Debug)]
pub struct OwnerLock {
    _file: File,
}

/// The error of [`OwnerLock::take`].
#[derive(Debug, Error)]
pub enum LockError {
    /// Another process has the lock.
    #[error("another process uses this database")]
    Held,
    /// The file cannot be created or locked.
    #[error("{0}")]
    Failed(String),
}

impl OwnerLock {
    /// Takes the lock, without waiting for it.
    ///
    /// # Errors
    /// Another process has the lock, or the file cannot be locked.
    pub fn take(database: &SqliteFile) -> Result<Self, LockError> {
        let path = database.beside("lock");
        let failed =
            |error: std::io::Error| LockError::Failed(format!("{}: {error}", path.display()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
