//! An SQLite store of keys that another service has written, as a reader sees it that changes nothing. Its table of
//! keys has a name of its own, and is found by its columns.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::SqliteConnection;
use thiserror::Error;

use crate::sqlite::uri;

/// The columns of the table. Their values are texts.
const COLUMNS: [&str; 9] = [
    "id",
    "did",
    "name",
    "prefix",
    "hash",
    "created_at",
    "expires_at",
    "revoked_at",
    "last_used_at",
];
/// How much of a value is read, in bytes: more than of any valid one.
const MAX_VALUE: usize = 4096;

/// Why a store cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OlderStoreError {
    /// The file cannot be read.
    #[error("{}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system reports.
        error: io::Error,
    },
    /// SQLite cannot read it.
    #[error("{}: {message}", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite reports.
        message: String,
    },
    /// It is a database of this program.
    #[error("{}: this is a database of this program: copy it with `cocore-server copy`", .0.display())]
    OfThisProgram(PathBuf),
    /// No table has the columns.
    #[error("{}: no table has the columns {}", .0.display(), COLUMNS.join(", "))]
    NoTable(PathBuf),
    /// Another program has changed the file meanwhile.
    #[error("{}: another program has opened or changed it meanwhile: try again", .0.display())]
    Changed(PathBuf),
}

/// A row of the table, as it is stored. A value that is not NULL is read as the bytes of its text, 4096 at most.
#[derive(Debug)]
#[non_exhaustive]
pub struct OlderRow {
    /// The name of the table.
    pub table_name: String,
    /// The id.
    pub id: Option<Vec<u8>>,
    /// The DID of the account.
    pub did: Option<Vec<u8>>,
    /// The label.
    pub name: Option<Vec<u8>>,
    /// The beginning of the secret.
    pub prefix: Option<Vec<u8>>,
    /// The SHA-256 of the secret in hexadecimal.
    pub hash: Option<Vec<u8>>,
    /// When the key was created.
    pub created_at: Option<Vec<u8>>,
    /// When it expires.
    pub expires_at: Option<Vec<u8>>,
    /// When it was revoked.
    pub revoked_at: Option<Vec<u8>>,
    /// When it was last used.
    pub last_used_at: Option<Vec<u8>>,
}

/// The same as SQLite writes it: in hexadecimal, since a text may not be UTF-8, and after a sign, since Diesel reads
/// an empty value as NULL.
#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    did: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    prefix: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    hash: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    created_at: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    expires_at: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    revoked_at: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    last_used_at: Option<String>,
}

impl From<Written> for OlderRow {
    fn from(written: Written) -> Self {
        let bytes = |text: Option<String>| text.map(|text| bytes(&text));
        Self {
            table_name: written.table_name,
            id: bytes(written.id),
            did: bytes(written.did),
            name: bytes(written.name),
            prefix: bytes(written.prefix),
            hash: bytes(written.hash),
            created_at: bytes(written.created_at),
            expires_at: bytes(written.expires_at),
            revoked_at: bytes(written.revoked_at),
            last_used_at: bytes(written.last_used_at),
        }
    }
}

/// Returns the bytes of digits, which follow a sign.
fn bytes(digits: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
    let (pairs, _) = digits.as_bytes().get(1..).unwrap_or_default().as_chunks();
    let pairs = pairs.iter();
    pairs
        .map(|[high, low]| digit(*high) << 4 | digit(*low))
        .collect()
}

/// An open store.
pub struct OlderStore {
    path: PathBuf,
    connection: SqliteConnection,
    /// The query that reads all rows.
    query: String,
    rows: i64,
    /// The state of a file that is read without its log, and without locks.
    unlocked: Option<FileState>,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

impl OlderStore {
    /// Opens a file for reading, also while another program uses it. It blocks.
    ///
    /// # Errors
    /// The file cannot be read, or has no such table.
    pub fn open(path: &Path) -> Result<Self, OlderStoreError> {
        let failed = |error: &dyn std::fmt::Display| OlderStoreError::Database {
            path: path.to_owned(),
            message: error.to_string(),
        };
        let unlocked = FileState::if_unlocked(path).map_err(|error| file_error(path, error))?;
        let options = match unlocked {
            Some(_) => "mode=ro&immutable=1",
            None => "mode=ro",
        };
        let connection = SqliteConnection::establish(&uri(path, options));
        let mut connection = connection.map_err(|error| failed(&error))?;
        // Nothing in the schema is trusted. One snapshot is read.
        let settings = "PRAGMA busy_timeout = 5000;
            PRAGMA trusted_schema = OFF;
            PRAGMA cell_size_check = ON;
            PRAGMA query_only = ON;
            BEGIN;";
        connection
            .batch_execute(settings)
            .map_err(|error| failed(&error))?;
        let tables = tables(&mut connection).map_err(|error| failed(&error))?;
        if tables
            .iter()
            .any(|name| name == "__diesel_schema_migrations")
        {
            return Err(OlderStoreError::OfThisProgram(path.to_owned()));
        }
        if tables.is_empty() {
            return Err(OlderStoreError::NoTable(path.to_owned()));
        }
        let counts = tables.iter().map(|name| {
            let table = identifier(name);
            format!("(SELECT count(*) FROM {table})")
        });
        let counts = counts.collect::<Vec<_>>().join(" + ");
        let count = diesel::sql_query(format!("SELECT {counts} AS value"));
        let rows: Count = count
            .get_result(&mut connection)
            .map_err(|error| failed(&error))?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            query: query(&tables),
            rows: rows.value,
            unlocked,
        })
    }

    /// Returns the number of rows.
    pub fn count(&self) -> i64 {
        self.rows
    }

    /// Reads all rows, one after the other. It blocks.
    ///
    /// # Errors
    /// The file cannot be read, or another program has changed it meanwhile.
    pub fn rows(
        &mut self,
    ) -> Result<impl Iterator<Item = Result<OlderRow, OlderStoreError>>, OlderStoreError> {
        let path = &*self.path;
        let failed = move |error: diesel::result::Error| OlderStoreError::Database {
            path: path.to_owned(),
            message: error.to_string(),
        };
        let rows = diesel::sql_query(&self.query)
            .load_iter::<Written, DefaultLoadingMode>(&mut self.connection)
            .map_err(failed)?;
        let unlocked = &self.unlocked;
        // After the last row.
        let is_changed = std::iter::once_with(move || {
            let unlocked = unlocked.as_ref()?;
            let is_same =
                FileState::if_unlocked(path).is_ok_and(|now| now.as_ref() == Some(unlocked));
            (!is_same).then(|| Err(OlderStoreError::Changed(path.to_owned())))
        });
        Ok(rows
            .map(move |row| row.map(OlderRow::from).map_err(failed))
            .chain(is_changed.flatten()))
    }
}

/// Returns the tables that have the columns, and the one by which a database of this program is recognized.
fn tables(connection: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    let columns = COLUMNS.map(|name| format!("'{name}'")).join(", ");
    let number = COLUMNS.len();
    let names = diesel::sql_query(format!(
        "SELECT m.name AS name FROM sqlite_master AS m WHERE m.type = 'table' AND (
            m.name = '__diesel_schema_migrations' OR {number} = (
                SELECT count(DISTINCT lower(c.name)) FROM pragma_table_info(m.name) AS c
                WHERE lower(c.name) IN ({columns})))
        ORDER BY m.name"
    ));
    let names: Vec<Name> = names.load(connection)?;
    Ok(names.into_iter().map(|row| row.name).collect())
}

/// Returns the query that reads all rows of some tables.
fn query(tables: &[String]) -> String {
    let columns = COLUMNS.map(|name| {
        let digits = format!("hex(substr(CAST({name} AS BLOB), 1, {MAX_VALUE}))");
        format!("iif({name} IS NULL, NULL, '=' || {digits}) AS {name}")
    });
    let columns = columns.join(", ");
    let selects = tables.iter().map(|name| {
        let (text, table) = (name.replace('\'', "''"), identifier(name));
        format!("SELECT '{text}' AS table_name, {columns} FROM {table}")
    });
    selects.collect::<Vec<_>>().join(" UNION ALL ")
}

/// Quotes a name for a statement.
fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn file_error(path: &Path, error: io::Error) -> OlderStoreError {
    let path = path.to_owned();
    OlderStoreError::File { path, error }
}

/// The state of a file that no other program has open.
#[derive(Debug, PartialEq, Eq)]
struct FileState {
    modified: std::time::SystemTime,
    size: u64,
}

impl FileState {
    /// Returns the state of a database that has a log in general, and neither log nor index at this moment: it is
    /// complete, and no other program has it open. To open it with its locks would create both files. Any other
    /// file is read with its locks.
    fn if_unlocked(path: &Path) -> io::Result<Option<Self>> {
        let file_name = path.canonicalize()?;
        let beside = |suffix: &str| {
            let mut name = file_name.as_os_str().to_owned();
            name.push(suffix);
            Path::new(&name).exists()
        };
        let mut file = File::open(path)?;
        // Source: <https://www.sqlite.org/fileformat.html#file_format_version_numbers>
        let mut head = [0; 20];
        let read = file.read(&mut head)?;
        let metadata = fs::metadata(path)?;
        if read < head.len() || head[18..] != [2, 2] || beside("-wal") || beside("-shm") {
            return Ok(None);
        }
        Ok(Some(Self {
            modified: metadata.modified()?,
            size: metadata.len(),
        }))
    }
}
