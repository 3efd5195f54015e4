//! The write-ahead log of an SQLite database: when it is moved into the database (a checkpoint), and whether a
//! commit has changed it.
//!
//! SQLite's own checkpoints ignore errors, and its errors do not tell a failed sync from a failed write.
//! Therefore checkpoints are made here, by a connection that does not sync, and the database is synced before
//! the log is overwritten.

use std::fs::File;
use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use cocore_keys::StoreError;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::sqlite::SqliteConnection;
use thiserror::Error;

use super::{FileId, connect};
use crate::error::{Cause, unavailable};
use crate::lock::LockedFile;
use crate::url::SqliteFile;

/// After how many writes the log is moved into the database.
const MAX_WRITES: usize = 1024;
/// How long a write stays in the log alone.
const MAX_AGE: Duration = Duration::from_secs(60);
/// After how long without a write the log is moved and emptied.
const IDLE_TIME: Duration = Duration::from_secs(1);
/// The size in bytes at which the log is emptied, for which readers have to finish.
const MAX_SIZE: u64 = 64 << 20;
/// How long that waits for readers: longer than a query takes, also on a busy machine. Writes wait meanwhile.
const READERS_TIMEOUT: Duration = Duration::from_secs(1);
/// How long until it is tried again.
const RETRY_DELAY: Duration = Duration::from_secs(10);
/// How long until a log above that size is tried to be emptied again, which writes may fill quickly.
const RETRY_DELAY_OF_LARGE: Duration = Duration::from_secs(1);

/// The error of a checkpoint.
#[derive(Debug, Error)]
pub(crate) enum CheckpointError {
    /// It can be tried again: nothing in the log is overwritten.
    #[error(transparent)]
    NotMoved(#[from] StoreError),
    /// The sync of the database failed: it is unknown what is on the disk.
    #[error(transparent)]
    Sync(StoreError),
}

/// Moves the log of a database into it from time to time. Belongs to the only writer. Times are of the steady
/// clock.
pub(crate) struct Log {
    file: SqliteFile,
    connection: Option<SqliteConnection>,
    /// The writes since the last checkpoint.
    writes: usize,
    /// When the first of them was made.
    first_write: Option<Duration>,
    last_write: Option<Duration>,
    is_empty: bool,
    /// When a checkpoint is tried again that failed, or for which readers were in the way.
    retry_at: Duration,
}

impl Log {
    pub(crate) fn new(file: &SqliteFile) -> Self {
        Self {
            file: file.clone(),
            connection: None,
            writes: 0,
            first_write: None,
            last_write: None,
            // An earlier process may have left one.
            is_empty: false,
            retry_at: Duration::ZERO,
        }
    }

    /// Returns the open connection, which is opened again when it is needed.
    pub(crate) fn take_connection(&mut self) -> Option<SqliteConnection> {
        self.connection.take()
    }

    /// Records that a number of writes was committed.
    pub(crate) fn wrote(&mut self, writes: usize, now: Duration) {
        self.writes += writes;
        self.first_write.get_or_insert(now);
        self.last_write = Some(now);
        self.is_empty = false;
    }

    /// Moves and empties the log if it is time to.
    pub(crate) fn maintain(
        &mut self,
        database: &LockedFile,
        now: Duration,
    ) -> Result<(), CheckpointError> {
        if self.is_empty || now < self.retry_at {
            return Ok(());
        }
        let since = |at: Option<Duration>| at.map(|at| now.saturating_sub(at));
        let is_idle = since(self.last_write).is_none_or(|time| time >= IDLE_TIME);
        let is_old = since(self.first_write).is_some_and(|time| time >= MAX_AGE);
        let moved = if is_idle || size(database) >= MAX_SIZE {
            self.empty(database)
        } else if is_old || self.writes >= MAX_WRITES {
            // Readers may be in the way of a part of it.
            self.connection()
                .and_then(|open| move_log(open, "PASSIVE", database))
                .map(|_| true)
        } else {
            return Ok(());
        };
        if let Ok(true) = moved {
            (self.writes, self.first_write) = (0, None);
        } else {
            let is_large = size(database) >= MAX_SIZE;
            let delay = if is_large {
                RETRY_DELAY_OF_LARGE
            } else {
                RETRY_DELAY
            };
            self.retry_at = now + delay;
        }
        if matches!(moved, Err(CheckpointError::NotMoved(_))) {
            self.connection = None;
        }
        moved.map(drop)
    }

    fn empty(&mut self, database: &LockedFile) -> Result<bool, CheckpointError> {
        self.is_empty = empty_log(self.connection()?, database)?;
        Ok(self.is_empty)
    }

    fn connection(&mut self) -> Result<&mut SqliteConnection, CheckpointError> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            none => {
                let mut new = connect(&self.file)?;
                let timeout = format!("PRAGMA busy_timeout = {}", READERS_TIMEOUT.as_millis());
                new.batch_execute(&timeout).map_err(unavailable)?;
                Ok(none.insert(new))
            }
        }
    }
}

fn size(database: &LockedFile) -> u64 {
    database.log.metadata().map_or(0, |log| log.len())
}

/// Moves the whole log into the database and empties it, unless readers are in the way. Returns whether it is
/// empty. The connection does not sync any more.
pub(crate) fn empty_log(
    connection: &mut SqliteConnection,
    database: &LockedFile,
) -> Result<bool, CheckpointError> {
    // Nothing is written between the two.
    Ok(move_log(connection, "FULL", database)? && checkpoint(connection, "TRUNCATE")?.busy == 0)
}

/// Moves the log into the database. Returns whether the whole log was moved.
fn move_log(
    connection: &mut SqliteConnection,
    mode: &str,
    database: &LockedFile,
) -> Result<bool, CheckpointError> {
    let no_sync = connection.batch_execute("PRAGMA synchronous = OFF");
    no_sync.map_err(unavailable)?;
    let Checkpoint { busy, log, moved } = checkpoint(connection, mode)?;
    database.sync().map_err(CheckpointError::Sync)?;
    Ok(busy == 0 && moved == log)
}

/// The result of a checkpoint, in frames of the log.
#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = BigInt)]
    busy: i64,
    #[diesel(sql_type = BigInt)]
    log: i64,
    #[diesel(sql_type = BigInt, column_name = checkpointed)]
    moved: i64,
}

fn checkpoint(connection: &mut SqliteConnection, mode: &str) -> Result<Checkpoint, StoreError> {
    let checkpoint = diesel::sql_query(format!("PRAGMA wal_checkpoint({mode})"));
    checkpoint.get_result(connection).map_err(unavailable)
}

/// The files of the log that open connections use: the log and its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogFiles(FileId, FileId);

impl LogFiles {
    /// Returns the files that have their names now.
    pub(crate) fn now(database: &LockedFile) -> Result<Self, StoreError> {
        let log = FileId::of(database.log).map_err(|_| Cause::LogRemoved)?;
        let index = FileId::of(database.index).map_err(|_| Cause::LogRemoved)?;
        Ok(Self(log, index))
    }
}

/// A mark on the log that the next write to it removes: a time of change that no write has.
pub(crate) struct UnchangedMark(File);

impl UnchangedMark {
    const TIME: SystemTime = SystemTime::UNIX_EPOCH;

    /// Sets the mark. Returns `None` if this process may write to the log, and may not set its times: the log
    /// belongs to another user.
    pub(crate) fn set(database: &LockedFile) -> Result<Option<Self>, StoreError> {
        let log = File::open(database.log);
        match log.and_then(|log| log.set_modified(Self::TIME).map(|()| log)) {
            Ok(log) => Ok(Some(Self(log))),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
            Err(error) => Err(Cause::file(database.log, error).into()),
        }
    }

    /// Returns whether nothing was written to the log since then.
    pub(crate) fn is_there(&self) -> bool {
        let time = self.0.metadata().and_then(|metadata| metadata.modified());
        time.is_ok_and(|time| time == Self::TIME)
    }
}
