//! Why a backup was not made or not restored.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a backup was not made or not restored. The database is as it was before.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The file does not exist.
    #[error("{}: there is no such file", .0.display())]
    NoFile(PathBuf),
    /// The file exists.
    #[error("{} exists: name another file, or replace it with --force", .0.display())]
    Exists(PathBuf),
    /// The file is a directory or a device.
    #[error("{} is not a regular file", .0.display())]
    NotRegular(PathBuf),
    /// The backup's file is the database's.
    #[error("{} belongs to the database itself: name another file", .0.display())]
    IsDatabase(PathBuf),
    /// Another process writes to the file.
    #[error("another process is writing {}", .0.display())]
    Busy(PathBuf),
    /// The operating system reports an error.
    #[error("{}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error.
        error: io::Error,
    },
    /// SQLite reports an error.
    #[error("{}: {message}", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// The error, in SQLite's words.
        message: String,
    },
    /// The file is no database of this program.
    #[error("{} is no database of this program: {message}", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is missing.
        message: String,
    },
    /// The file is damaged.
    #[error("{} is damaged: {message}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first finding of SQLite's integrity check.
        message: String,
    },
    /// The schema is that of a newer version of this program.
    #[error(
        "{} has the schema of a newer version of this program ({version}): use that version",
        .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The newest migration of the schema.
        version: String,
    },
    /// A part of the backup is in a second file.
    #[error(
        "{} has a log beside it, so the file alone is not complete: make one file of both with `cocore-server backup --database-url sqlite:{} FILE`",
        .0.display(),
        .0.display()
    )]
    HasLog(PathBuf),
    /// Another process has locked the database.
    #[error("a server or a command uses {}: stop it first", .0.display())]
    InUse(PathBuf),
    /// Another process has opened the database without locking it.
    #[error("another process has opened {}: end it first", .0.display())]
    Open(PathBuf),
    /// Revocations cannot be kept.
    #[error("the revocations cannot be kept: {0}")]
    NoRevocations(&'static str),
}

impl BackupError {
    /// Converts an error of the operating system.
    pub(super) fn file(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        Self::File { path, error }
    }

    /// Converts an error of SQLite.
    pub(super) fn database(path: &Path, error: impl Display) -> Self {
        Self::Database {
            path: path.to_owned(),
            message: error.to_string(),
        }
    }
}
