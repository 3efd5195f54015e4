//! One kind of connection for both databases, so that each query is written once.

use diesel::prelude::*;

/// A connection to either.
#[derive(diesel::MultiConnection)]
pub(crate) enum AnyConnection {
    Sqlite(SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
}
