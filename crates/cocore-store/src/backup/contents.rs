//! What a copy of a database holds.

use std::path::Path;

use cocore_keys::Reason;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;

use super::connection::{EARLIER_KEY_TABLE, Number, connect, key_table};
use super::error::BackupError;
use crate::connection::AnyConnection;
use crate::migrate;
use crate::schema::keys;

/// What a backup holds, as its verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupContents {
    /// The number of keys, also of revoked and expired ones.
    pub keys: i64,
    /// The newest migration of the schema.
    pub schema: String,
    /// Whether the schema is that of this program, or else `OlderSchema` or `NewerSchema`.
    pub schema_state: Result<(), Reason>,
    /// The size in bytes.
    pub bytes: u64,
}

/// A finding of SQLite's integrity check.
#[derive(QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// Runs SQLite's integrity check.
///
/// # Errors
/// Its first finding, or the error that ended it.
pub(super) fn check_integrity(connection: &mut SqliteConnection) -> Result<(), String> {
    let check = diesel::sql_query("PRAGMA integrity_check(1)");
    let findings: QueryResult<Vec<Finding>> = check.load(connection);
    let findings = findings.map_err(|error| error.to_string())?;
    let mut findings = findings.iter().map(|found| &found.integrity_check[..]);
    match findings.find(|found| *found != "ok") {
        None => Ok(()),
        // The first line names the database.
        Some(finding) => Err(finding.lines().next_back().unwrap_or_default().to_owned()),
    }
}

/// Counts the keys of a database with this schema or an earlier one. The columns may be missing where the table is
/// not.
fn count_keys(connection: &mut AnyConnection) -> QueryResult<i64> {
    let AnyConnection::Sqlite(sqlite) = connection else {
        return Err(diesel::result::Error::NotFound);
    };
    if key_table(sqlite, "main")? == EARLIER_KEY_TABLE {
        let columns = "SELECT id, did, name, prefix, hash, created_at, expires_at, revoked_at,
            last_used_at FROM api_keys LIMIT 0";
        diesel::sql_query(columns).execute(sqlite)?;
        let count = diesel::sql_query("SELECT count(*) AS value FROM api_keys");
        let count: Number = count.get_result(sqlite)?;
        return Ok(count.value);
    }
    let columns = keys::table.select(keys::all_columns).limit(0);
    columns.execute(connection)?;
    keys::table.count().get_result(connection)
}

/// Checks a copy of a file, which nothing writes to: that it is sound, and a database of this program.
pub(super) fn verify(copy: &Path, file: &Path) -> Result<BackupContents, BackupError> {
    let damaged = |message: String| BackupError::Damaged {
        path: file.to_owned(),
        message,
    };
    let foreign = |message: String| BackupError::Foreign {
        path: file.to_owned(),
        message,
    };
    let metadata = copy.metadata();
    let metadata = metadata.map_err(|error| BackupError::file(copy, error))?;
    if metadata.len() == 0 {
        return Err(foreign("it is empty".to_owned()));
    }
    let unsound = |message: String| match &message[..] {
        "file is not a database" => foreign(message),
        _ => damaged(message),
    };
    let connection = connect(copy, "mode=ro&immutable=1");
    let mut connection = connection.map_err(|error| match error {
        BackupError::Database { message, .. } => unsound(message),
        other => other,
    })?;
    check_integrity(&mut connection).map_err(unsound)?;
    let mut connection = AnyConnection::Sqlite(connection);
    let state = migrate::compare(&mut connection).map_err(|error| foreign(error.to_string()))?;
    let versions = migrate::applied(&mut connection).map_err(|error| foreign(error.to_string()))?;
    let schema = versions.into_iter().max();
    let schema = schema.ok_or_else(|| foreign("it has no schema".to_owned()))?;
    let keys = count_keys(&mut connection).map_err(|error| foreign(error.to_string()))?;
    Ok(BackupContents {
        keys,
        schema,
        schema_state: state,
        bytes: metadata.len(),
    })
}
