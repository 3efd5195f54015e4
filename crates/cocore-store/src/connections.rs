//! Connections to SQLite: one that writes, a few that read.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cocore_keys::StoreError;
use diesel::connection::SimpleConnection;
use diesel::r2d2::{self, ConnectionManager, CustomizeConnection, Pool, PooledConnection};
use diesel::sqlite::SqliteConnection;

use crate::DatabaseUrl;

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
const READERS: u32 = 4;

pub(crate) type Connection = PooledConnection<ConnectionManager<SqliteConnection>>;

/// Both pools. They connect when they are first asked.
#[derive(Clone)]
pub(crate) struct Connections {
    url: DatabaseUrl,
    writer: Pool<ConnectionManager<SqliteConnection>>,
    readers: Pool<ConnectionManager<SqliteConnection>>,
}

impl Connections {
    pub(crate) fn new(url: DatabaseUrl) -> Self {
        let pool = |size| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(0))
                .test_on_check_out(false)
                .connection_timeout(PATIENCE)
                .connection_customizer(Box::new(Pragmas))
                .error_handler(Box::new(Quiet))
                .build_unchecked(ConnectionManager::new(uri(url.file())))
        };
        Self {
            writer: pool(1),
            readers: pool(READERS),
            url,
        }
    }

    /// Makes the file, if it is not there.
    pub(crate) fn create_file(&self) -> Result<(), StoreError> {
        private_file(self.url.file())
    }

    /// Which file it is that has the name now. It is asked for without opening it: see
    /// [`private_file`].
    pub(crate) fn file(&self) -> Result<FileId, StoreError> {
        let file = self.url.file();
        let found = file.metadata();
        let found = found
            .map_err(|error| StoreError::unavailable(format!("{}: {error}", file.display())))?;
        Ok(FileId::of(&found))
    }

    /// The connection that writes.
    pub(crate) fn writer(&self) -> Result<Connection, StoreError> {
        self.writer.get().map_err(unavailable)
    }

    /// A connection that reads.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        self.readers.get().map_err(unavailable)
    }
}

/// Tells a file from another one that has taken its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId(u64, u64);

impl FileId {
    #[cfg(unix)]
    fn of(file: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self(file.dev(), file.ino())
    }

    #[cfg(not(unix))]
    fn of(_: &std::fs::Metadata) -> Self {
        Self(0, 0)
    }
}

/// The file in SQLite's words. `mode=rw`: a file that is missing is an error, where SQLite would make
/// one that others may read.
fn uri(file: &Path) -> String {
    let file = file.to_string_lossy();
    let file = file
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    // Two slashes at the front would begin the name of a host.
    let file = match file.strip_prefix('/') {
        Some(file) => format!("///{}", file.trim_start_matches('/')),
        None => file,
    };
    format!("file:{file}?mode=rw")
}

/// Makes the database's file for its owner alone, if it is not there: SQLite gives its other files
/// the same mode. A directory that is missing is told at once.
///
/// A file that is there is never opened: to close it would drop every lock that SQLite holds on it
/// for this process, and another process would take the log away. For the same reason nobody may
/// connect before the new file is closed again.
fn private_file(file: &Path) -> Result<(), StoreError> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(StoreError::unavailable(
            format!("{}: {error}", file.display()),
        )),
        _ => Ok(()),
    }
}

/// What the store could not do, in the words of the database. SQLite's messages name tables and
/// columns, never values.
pub(crate) fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::unavailable(error.to_string())
}

/// How each connection is set up.
#[derive(Debug)]
struct Pragmas;

impl CustomizeConnection<SqliteConnection, r2d2::Error> for Pragmas {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), r2d2::Error> {
        // The timeout first: the others may have to wait. FULL syncs the log at each commit, so
        // that what is acknowledged outlives a loss of power.
        let pragmas = "PRAGMA busy_timeout = 5000;
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA foreign_keys = ON;";
        connection
            .batch_execute(pragmas)
            .map_err(r2d2::Error::QueryError)
    }
}

/// Whoever waits for a connection reports that there is none.
#[derive(Debug)]
struct Quiet;

impl<E: std::error::Error> diesel::r2d2::HandleError<E> for Quiet {
    fn handle_error(&self, error: E) {
        tracing::debug!(%error, "no connection");
    }
}

#[cfg(test)]
mod tests {
    use diesel::RunQueryDsl;
    use diesel::sql_types::{BigInt, Text};

    use super::*;

    #[derive(diesel::QueryableByName)]
    struct Word {
        #[diesel(sql_type = Text)]
        value: String,
    }

    #[derive(diesel::QueryableByName)]
    struct Setting {
        #[diesel(sql_type = BigInt)]
        value: i64,
    }

    #[test]
    fn every_connection_is_set_up() {
        let dir = tempfile::TempDir::new().unwrap();
        let url = format!("sqlite:{}", dir.path().join("keys.sqlite").display());
        let connections = Connections::new(DatabaseUrl::parse(&url).unwrap());
        connections.create_file().unwrap();
        for mut connection in [connections.writer().unwrap(), connections.reader().unwrap()] {
            let mode: Word =
                diesel::sql_query("SELECT journal_mode AS value FROM pragma_journal_mode")
                    .get_result(&mut connection)
                    .unwrap();
            assert_eq!(mode.value, "wal");
            // FULL is 2.
            for (pragma, column, expected) in [
                ("busy_timeout", "timeout", 5000),
                ("synchronous", "synchronous", 2),
                ("foreign_keys", "foreign_keys", 1),
            ] {
                let query = format!("SELECT {column} AS value FROM pragma_{pragma}");
                let found: Setting = diesel::sql_query(query)
                    .get_result(&mut connection)
                    .unwrap();
                assert_eq!(found.value, expected, "{pragma}");
            }
        }
    }

    #[test]
    fn uris() {
        for (file, expected) in [
            ("keys.sqlite", "file:keys.sqlite?mode=rw"),
            ("file:x", "file:file:x?mode=rw"),
            ("/a/keys.sqlite", "file:///a/keys.sqlite?mode=rw"),
            ("//a/keys.sqlite", "file:///a/keys.sqlite?mode=rw"),
            ("/a b/1%20#?", "file:///a b/1%2520%23%3f?mode=rw"),
        ] {
            assert_eq!(uri(Path::new(file)), expected);
        }
    }
}
