//! A connection to either kind of database, so that each query is written once.

use std::time::Duration;

use diesel::prelude::*;

use crate::postgres::PgConnection;

/// A connection to SQLite or PostgreSQL.
#[derive(diesel::MultiConnection)]
pub(crate) enum AnyConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl AnyConnection {
    /// Limits how long all statements from now on may take together, until this is called again. SQLite has
    /// time-outs of its own, and only the disk can hang.
    pub(crate) fn set_time_limit(&mut self, limit: Duration) {
        match self {
            Self::Sqlite(_) => {}
            Self::Postgres(connection) => connection.set_time_limit(limit),
        }
    }
}
