//! Connections to single files.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::SqliteConnection;

use super::error::BackupError;
use crate::sqlite;

/// Opens a file with options of SQLite's URI. Nothing in the schema is trusted, which another program may have
/// written.
pub(super) fn connect(file: &Path, options: &str) -> Result<SqliteConnection, BackupError> {
    let failed = |error: &dyn std::fmt::Display| BackupError::database(file, error);
    let connection = SqliteConnection::establish(&sqlite::uri(file, options));
    let mut connection = connection.map_err(|error| failed(&error))?;
    connection
        .batch_execute(
            "PRAGMA busy_timeout = 5000;
            PRAGMA trusted_schema = OFF;
            PRAGMA cell_size_check = ON;
            PRAGMA synchronous = FULL;
            PRAGMA cache_size = -16384;",
        )
        .map_err(|error| failed(&error))?;
    Ok(connection)
}

/// A number.
#[derive(QueryableByName)]
pub(super) struct Number {
    #[diesel(sql_type = BigInt)]
    pub(super) value: i64,
}

/// The table of keys before they had scopes.
pub(super) const EARLIER_KEY_TABLE: &str = "api_keys";

/// Returns whether a database has a table. `schema` is the name by which the database is attached.
pub(super) fn has_table(
    connection: &mut SqliteConnection,
    schema: &str,
    name: &str,
) -> QueryResult<bool> {
    let count = format!("SELECT count(*) AS value FROM {schema}.sqlite_schema WHERE name = ?");
    let count = diesel::sql_query(count).bind::<Text, _>(name);
    let count: Number = count.get_result(connection)?;
    Ok(count.value > 0)
}

/// Returns the table of keys of a database, whose schema may be an earlier one.
pub(super) fn key_table(
    connection: &mut SqliteConnection,
    schema: &str,
) -> QueryResult<&'static str> {
    let has_earlier = has_table(connection, schema, EARLIER_KEY_TABLE)?;
    Ok(if has_earlier {
        EARLIER_KEY_TABLE
    } else {
        "keys"
    })
}

/// Returns the size of what is used of a database, in bytes.
pub(super) fn size(connection: &mut SqliteConnection) -> QueryResult<i64> {
    let size = diesel::sql_query(
        "SELECT (page_count - freelist_count) * page_size AS value
        FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
    );
    let size: Number = size.get_result(connection)?;
    Ok(size.value)
}
