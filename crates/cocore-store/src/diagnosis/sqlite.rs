//! An SQLite file, as a reader opens it that changes nothing.

use cocore_keys::StoreError;
use diesel::connection::{Connection as _, SimpleConnection};
use diesel::sqlite::SqliteConnection;

use crate::error::unavailable;
use crate::sqlite::uri;
use crate::url::SqliteFile;

/// Opens the file for reading. If the index of its log exists, as it does while a server runs, what is in the log is
/// read too. Otherwise, opening the log would create the index.
pub(super) fn connect(file: &SqliteFile) -> Result<SqliteConnection, StoreError> {
    let has_index = file.with_suffix("-shm").is_file();
    let options = if has_index {
        "mode=ro"
    } else {
        "mode=ro&immutable=1"
    };
    let connection = SqliteConnection::establish(&uri(file.path(), options));
    let mut connection = connection.map_err(unavailable)?;
    let timeout = connection.batch_execute("PRAGMA busy_timeout = 5000");
    timeout.map_err(unavailable)?;
    Ok(connection)
}
