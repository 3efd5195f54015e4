//! One process owns an SQLite database: by a lock of the operating system, which a process that is
//! killed does not leave behind.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};

use crate::SqliteFile;

/// The lock, while this lives. It is on a file beside the database: a lock on the database itself
/// would get into SQLite's way.
#[derive(Debug)]
pub struct OwnerLock {
    _file: File,
}

/// Why there is no lock.
#[derive(Debug)]
pub enum LockError {
    /// Another process has it.
    Held,
    /// The file cannot be made, or cannot be locked.
    Failed(String),
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Held => "another process uses this database",
            Self::Failed(why) => why,
        })
    }
}

impl OwnerLock {
    /// Takes the lock, if nobody has it.
    ///
    /// # Errors
    /// Somebody has it, or nobody can have it.
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
