//! What a database is found to be, for its operator. Nothing in the database is changed, and nothing is created.

mod postgres;
mod repeated;
mod sqlite;

use cocore_keys::{Reason, StoreError};
use diesel::prelude::*;

use crate::connection::AnyConnection;
use crate::error::unavailable;
use crate::migrate;
use crate::schema::encrypted_values;
use crate::url::DatabaseUrl;

pub use postgres::{PostgresDiagnosis, ServersFound};
use repeated::repeated;

/// What a database was found to be.
#[derive(Debug)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The newest migration of the schema. `None` if the database has no tables of this program.
    pub schema: Option<String>,
    /// Whether the schema is that of this program, or else `OlderSchema` or `NewerSchema`.
    pub schema_state: Result<(), Reason>,
    /// A value that sign-in has encrypted and keeps, if there is one.
    pub encrypted: Option<EncryptedValue>,
    /// What only PostgreSQL has.
    pub postgres: Option<PostgresDiagnosis>,
}

/// A value that the caller of the store has encrypted.
#[derive(Debug, Queryable)]
#[non_exhaustive]
pub struct EncryptedValue {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The encrypted bytes.
    pub value: Vec<u8>,
}

/// Examines a database. It blocks, for a few seconds if servers run on PostgreSQL.
///
/// # Errors
/// The database cannot be reached or read.
pub fn diagnose(url: &DatabaseUrl) -> Result<Diagnosis, StoreError> {
    match url {
        DatabaseUrl::Sqlite(file) => {
            let connection = sqlite::connect(file)?;
            tables(&mut AnyConnection::Sqlite(connection), None)
        }
        DatabaseUrl::Postgres(url) => {
            let mut connection = crate::postgres::connect(url)?;
            let found = postgres::diagnose(&mut connection, url)?;
            tables(&mut AnyConnection::Postgres(connection), Some(found))
        }
    }
}

/// Reads what both kinds of databases have.
fn tables(
    connection: &mut AnyConnection,
    postgres: Option<PostgresDiagnosis>,
) -> Result<Diagnosis, StoreError> {
    let schema = match repeated(|| migrate::applied(connection)) {
        Ok(versions) => versions.into_iter().max(),
        Err(error) if is_missing(&error) => None,
        Err(error) => return Err(unavailable(error)),
    };
    let schema_state = match schema {
        None => Err(Reason::OlderSchema),
        Some(_) => repeated(|| migrate::compare(connection)).map_err(unavailable)?,
    };
    // The table may be missing, or not be readable.
    let encrypted = encrypted_values::table
        .filter(encrypted_values::expires_at.is_null())
        .select((
            encrypted_values::kind,
            encrypted_values::name,
            encrypted_values::value,
        ))
        .first(connection);
    Ok(Diagnosis {
        schema,
        schema_state,
        encrypted: encrypted.ok(),
        postgres,
    })
}

/// Whether an error reports that a table does not exist.
fn is_missing(error: &diesel::result::Error) -> bool {
    let message = error.to_string();
    message.starts_with("no such table") || message.contains("does not exist")
}
