//! Connections to SQLite: one that writes, a few that read.

use std::fs::OpenOptions;
use std::path::Path;
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
            let file = url.file().to_string_lossy();
            // A name such as `file:x` would be taken for more than a name.
            let file = if url.file().is_absolute() {
                file.into_owned()
            } else {
                format!("./{file}")
            };
            Pool::builder()
                .max_size(size)
                .min_idle(Some(0))
                .test_on_check_out(false)
                .connection_timeout(PATIENCE)
                .connection_customizer(Box::new(Pragmas))
                .error_handler(Box::new(Quiet))
                .build_unchecked(ConnectionManager::new(file))
        };
        Self {
            writer: pool(1),
            readers: pool(READERS),
            url,
        }
    }

    /// The connection that writes.
    pub(crate) fn writer(&self) -> Result<Connection, StoreError> {
        private_file(self.url.file())?;
        self.writer.get().map_err(unavailable)
    }

    /// A connection that reads.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        self.readers.get().map_err(unavailable)
    }
}

/// Makes the database's file for its owner alone, if it is not there: SQLite gives its other files
/// the same mode. A directory that is missing is told at once.
fn private_file(file: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(file);
    opened
        .map(drop)
        .map_err(|error| StoreError::unavailable(format!("{}: {error}", file.display())))
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
    use diesel::sql_types::BigInt;

    use super::*;

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
        for mut connection in [connections.writer().unwrap(), connections.reader().unwrap()] {
            // FULL is 2.
            for (pragma, expected) in [("synchronous", 2), ("foreign_keys", 1)] {
                let query = format!("SELECT {pragma} AS value FROM pragma_{pragma}");
                let found: Setting = diesel::sql_query(query)
                    .get_result(&mut connection)
                    .unwrap();
                assert_eq!(found.value, expected, "{pragma}");
            }
        }
    }
}
