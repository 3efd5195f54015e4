//! Connections to an SQLite file.

mod files;
mod log;

use std::path::Path;

use cocore_keys::StoreError;
use diesel::connection::{Connection as _, SimpleConnection};
use diesel::sqlite::SqliteConnection;

use crate::error::unavailable;
use crate::url::SqliteFile;

pub(crate) use files::{FileId, give_to_owner_of, private_file};
pub(crate) use log::{CheckpointError, Log, LogFiles, UnchangedMark, empty_log};

/// The settings of each connection. The time-out comes first, since the others may have to wait. FULL syncs
/// the log at each commit, so that an acknowledged write survives a loss of power. [`Log`] moves the log into
/// the database. A log that was moved is shortened to 16 MiB, and the page cache has as much.
const SETTINGS: &str = "PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = 16777216;";

/// The size of the page cache of a connection, in KiB.
const CACHE_SIZE: u32 = 16 * 1024;

/// Returns the statement that gives a connection its page cache.
pub(crate) fn cache_size() -> String {
    format!("PRAGMA cache_size = -{CACHE_SIZE}")
}

/// Opens the file, which has to exist.
pub(crate) fn connect(file: &SqliteFile) -> Result<SqliteConnection, StoreError> {
    let mut connection =
        SqliteConnection::establish(&uri(file.path(), "mode=rw")).map_err(unavailable)?;
    let settings = format!("{SETTINGS} {}", cache_size());
    connection.batch_execute(&settings).map_err(unavailable)?;
    Ok(connection)
}

/// Returns the URI of the file for SQLite, with options. `mode=rw`: a missing file is an error, where SQLite would
/// create one that other users can read.
pub(crate) fn uri(file: &Path, options: &str) -> String {
    let file = file.to_string_lossy();
    let file = file
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    // Two leading slashes would begin a host name.
    let file = match file.strip_prefix('/') {
        Some(file) => format!("///{}", file.trim_start_matches('/')),
        None => file,
    };
    format!("file:{file}?{options}")
}

/// Returns an empty database with this program's schema.
#[cfg(test)]
pub(crate) fn empty() -> crate::connection::AnyConnection {
    let connection = SqliteConnection::establish(":memory:").unwrap();
    let mut connection = crate::connection::AnyConnection::Sqlite(connection);
    crate::migrate::migrate(&mut connection).unwrap();
    connection
}

/// Returns the lines of SQLite's plan for a statement, on an empty database with this program's schema.
#[cfg(test)]
pub(crate) fn plan(statement: &str) -> Vec<String> {
    use crate::connection::AnyConnection;
    use diesel::RunQueryDsl;

    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = diesel::sql_types::Text)]
        detail: String,
    }
    let AnyConnection::Sqlite(mut connection) = empty() else {
        unreachable!()
    };
    let plan = diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}"));
    let lines: Vec<Line> = plan.load(&mut connection).unwrap();
    lines.into_iter().map(|line| line.detail).collect()
}

#[cfg(test)]
mod tests {
    use diesel::RunQueryDsl;
    use diesel::sql_types::{BigInt, Text};

    use super::*;
    use crate::DatabaseUrl;

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
        let url = DatabaseUrl::parse(&url).unwrap();
        let file = url.sqlite().unwrap();
        private_file(file).unwrap();
        let mut connection = connect(file).unwrap();
        let mode: Word = diesel::sql_query("SELECT journal_mode AS value FROM pragma_journal_mode")
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

    #[test]
    fn uris() {
        for (file, expected) in [
            ("keys.sqlite", "file:keys.sqlite?mode=rw"),
            ("file:x", "file:file:x?mode=rw"),
            ("/a/keys.sqlite", "file:///a/keys.sqlite?mode=rw"),
            ("//a/keys.sqlite", "file:///a/keys.sqlite?mode=rw"),
            ("/a b/1%20#?", "file:///a b/1%2520%23%3f?mode=rw"),
        ] {
            assert_eq!(uri(Path::new(file), "mode=rw"), expected);
        }
    }
}
