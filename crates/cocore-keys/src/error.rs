//! The error of the store and of the source of randomness.

use thiserror::Error;

/// The store is unavailable. The message is for the log: it contains no value of a row.
#[derive(Clone, Debug, Error)]
#[error("{message}")]
pub struct StoreError {
    reason: Reason,
    message: String,
}

/// Why a store is unavailable, in fixed words that contain no path, host or value: anyone may read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Reason {
    /// None of the others.
    #[error("the database is unavailable")]
    Unavailable,
    /// The file cannot be opened, or the server refuses connections.
    #[error("the database cannot be reached")]
    Unreachable,
    /// No answer arrived in time.
    #[error("the database does not answer in time")]
    TimedOut,
    /// More operations wait than may wait.
    #[error("too many operations are waiting for the database")]
    Overloaded,
    /// A thread of the store has ended.
    #[error("a part of the server has stopped: restart the server")]
    Stopped,
    /// The file system, the file, the role or the server takes no writes.
    #[error("the database is read-only")]
    ReadOnly,
    /// There is no room for a write.
    #[error("the disk of the database is full")]
    DiskFull,
    /// There is room for few writes.
    #[error("the disk of the database is nearly full")]
    DiskNearlyFull,
    /// A read or write of the disk failed.
    #[error("the disk of the database fails")]
    DiskError,
    /// A sync failed, so it is unknown what is on the disk.
    #[error("a write to the disk failed: restart the server")]
    SyncFailed,
    /// The file's name leads to another file, or to none.
    #[error("the file of the database was replaced: restart the server")]
    FileReplaced,
    /// The log of the database's file was removed or replaced.
    #[error("the log of the database was removed: it is created again")]
    LogRemoved,
    /// Another process holds a lock of the database.
    #[error("another process has locked the database")]
    Locked,
    /// This process has no lock on the database yet.
    #[error("this server does not own the database yet")]
    NotOwned,
    /// The database was not probed yet.
    #[error("this server is starting")]
    Starting,
    /// The database is a standby.
    #[error("the database is in recovery")]
    InRecovery,
    /// A connection pooler assigns another session to each transaction.
    #[error("a connection pooler does not keep sessions: let it pool sessions")]
    Pooler,
    /// This server may not verify keys in memory.
    #[error("this server has no lease")]
    LeaseLost,
    /// The schema is that of a newer version of this program. No retry helps.
    #[error("the schema of the database is newer than this program")]
    NewerSchema,
    /// The schema is that of an older version of this program, or missing.
    #[error("the schema of the database is not up to date")]
    OlderSchema,
    /// There is no such database or no such role, or it lacks a right. No retry helps.
    #[error("the settings of the database are wrong")]
    Misconfigured,
}

impl StoreError {
    /// Creates an error.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { reason, message }
    }

    /// Creates an error that a retry may mend.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Reason::Unavailable, message)
    }

    /// Returns why the store is unavailable.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// Returns whether no retry helps: the program or its settings have to be changed.
    pub fn is_permanent(&self) -> bool {
        matches!(
            self.reason,
            Reason::NewerSchema | Reason::Pooler | Reason::Misconfigured
        )
    }
}
