//! The causes for which the store is unavailable, and its other errors.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use cocore_keys::{Reason, StoreError};
use thiserror::Error;

/// A cause for which the store is unavailable.
#[derive(Debug, Error)]
pub(crate) enum Cause {
    #[error("too many {0} are waiting")]
    QueueFull(&'static str),
    #[error("{NO_ANSWER}")]
    TimedOut,
    #[error("the {0} has stopped")]
    Stopped(String),
    #[error("a set of live keys is subscribed already")]
    Subscribed,
    #[error("only PostgreSQL has several servers")]
    NotPostgres,
    #[error(
        "the server is in recovery: it may not know the latest changes, so no key is verified there"
    )]
    InRecovery,
    #[error("the database is read-only")]
    ReadOnlyDatabase,
    #[error(
        "a connection pooler assigns another session of PostgreSQL to each transaction: let it pool sessions, or connect past it"
    )]
    SharedSessions,
    #[error(
        "the role has no right to create tables: grant it, or run `cocore-server migrate` as another role"
    )]
    NoRightToCreate,
    #[error("{CLOSED}")]
    Closed,
    #[error("the database's file was replaced: start the program again")]
    FileReplaced,
    #[error("the log of the database was removed or replaced: the database is opened again")]
    LogRemoved,
    #[error("{}: {error}", .path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{}: there is no such file", .0.display())]
    NoFile(PathBuf),
    #[error(
        "{0} has no keys of this version: if it is a database of this program, run `cocore-server migrate` on it"
    )]
    NotMigrated(String),
    #[error("the target has {rows} {what} already: copy into an empty database")]
    NotEmpty { rows: i64, what: &'static str },
    #[error("a key that creates another one was changed")]
    CreatorChanged,
    #[error("servers run on the source: stop them first, or what they change is not copied")]
    ServersRunning,
}

impl Cause {
    pub(crate) fn file(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        Self::File { path, error }
    }

    /// Returns the reason that readiness shows.
    fn reason(&self) -> Reason {
        match self {
            Self::QueueFull(_) => Reason::Overloaded,
            Self::TimedOut => Reason::TimedOut,
            Self::Stopped(_) => Reason::Stopped,
            Self::FileReplaced => Reason::FileReplaced,
            Self::LogRemoved => Reason::LogRemoved,
            Self::File { error, .. } => match error.kind() {
                io::ErrorKind::ReadOnlyFilesystem => Reason::ReadOnly,
                io::ErrorKind::StorageFull => Reason::DiskFull,
                _ => Reason::Unreachable,
            },
            Self::NoFile(_) => Reason::Unreachable,
            Self::NotMigrated(_) => Reason::OlderSchema,
            Self::Subscribed | Self::NotEmpty { .. } => Reason::Unavailable,
            Self::NotPostgres | Self::ServersRunning | Self::CreatorChanged => Reason::Unavailable,
            Self::InRecovery => Reason::InRecovery,
            Self::ReadOnlyDatabase => Reason::ReadOnly,
            Self::SharedSessions => Reason::Pooler,
            Self::NoRightToCreate => Reason::Misconfigured,
            Self::Closed => Reason::Unreachable,
        }
    }
}

impl From<Cause> for StoreError {
    fn from(cause: Cause) -> Self {
        Self::new(cause.reason(), cause.to_string())
    }
}

/// Converts an error of the database, in its words. SQLite's and PostgreSQL's messages name tables and
/// columns; only their details, which are not shown, have values.
pub(crate) fn unavailable(error: impl Display) -> StoreError {
    let message = error.to_string();
    StoreError::new(reason_of(&message), message)
}

/// How PostgreSQL's client reports an answer that did not arrive in time.
pub(crate) const NO_ANSWER: &str = "the database did not answer in time";
/// How it reports the end of a connection.
pub(crate) const CLOSED: &str = "the database closed the connection";

/// Returns the reason of an error, by its message: Diesel drops the code.
fn reason_of(message: &str) -> Reason {
    match message {
        "attempt to write a readonly database" => Reason::ReadOnly,
        "database or disk is full" => Reason::DiskFull,
        "disk I/O error" => Reason::DiskError,
        "database is locked" => Reason::Locked,
        NO_ANSWER => Reason::TimedOut,
        CLOSED => Reason::Unreachable,
        _ if message.contains("unable to open database file") => Reason::Unreachable,
        _ if message.contains("in a read-only transaction") => Reason::ReadOnly,
        _ => Reason::Unavailable,
    }
}

/// A text that names no database. The error does not contain the text, which may have a password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidUrl {
    /// The scheme is not known.
    #[error("expected sqlite:FILE or postgres://..., found another scheme")]
    Scheme,
    /// There is no file name.
    #[error("expected sqlite:FILE, found no file name")]
    NoFile,
    /// The database is in memory, or has options.
    #[error("expected sqlite:FILE with a plain file name: keys in memory are lost")]
    NotPlain,
    /// The scheme is PostgreSQL's, and where the parts end is ambiguous.
    #[error(
        "expected postgres://USER:PASSWORD@HOST/DATABASE?OPTIONS, with %40 %2F %3F %23 %25 for \
         the signs @ / ? # % in a name or a password"
    )]
    Unescaped,
    /// The URL has no host, or ports of which it is not clear whose they are.
    #[error(
        "expected a host, or several with commas between them, and one port or as many as hosts"
    )]
    NoHost,
    /// An option of PostgreSQL's URL has a value that is not known.
    #[error("the option {name}: expected {expected}")]
    Option {
        /// The option.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
    },
    /// An option of libpq has no meaning here.
    #[error("the option {0} of libpq is not supported")]
    UnsupportedOption(&'static str),
    /// An option is not known. It is not named, for it may be a piece of a password.
    #[error("an option after the question mark is not known")]
    UnknownOption,
}
