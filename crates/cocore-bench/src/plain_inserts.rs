//! What a create is compared with on SQLite.

use std::time::Instant;

use cocore_keys::{Clock, SystemClock};
use diesel::connection::SimpleConnection;
use diesel::{Connection, ExpressionMethods, RunQueryDsl, SqliteConnection};

use crate::failure::Result;
use crate::keys::key;

diesel::table! {
    keys (id) {
        id -> Text,
        did -> Text,
        name -> Text,
        prefix -> Text,
        hash -> Binary,
        created_at -> BigInt,
    }
}

/// A loop that inserts a key's row into an SQLite file and waits for the sync.
pub(crate) struct PlainInserts {
    connection: SqliteConnection,
    rows: u64,
}

impl PlainInserts {
    /// Opens a file that has the table.
    pub(crate) fn open(file: &str) -> Result<Self> {
        let mut connection = SqliteConnection::establish(file)?;
        connection.batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        Ok(Self {
            connection,
            rows: 0,
        })
    }

    /// Inserts rows: how many a second.
    pub(crate) fn run(&mut self, seconds: u32) -> Result<f64> {
        let now = SystemClock.now();
        let (start, before) = (Instant::now(), self.rows);
        while start.elapsed().as_secs() < seconds.into() {
            let new = key(self.rows, now)?;
            diesel::insert_into(keys::table)
                .values((
                    keys::id.eq(new.active.id.to_string()),
                    keys::did.eq(new.active.did.as_str()),
                    keys::name.eq(new.name.as_str()),
                    keys::prefix.eq(&new.prefix),
                    keys::hash.eq(&new.active.digest.as_bytes()[..]),
                    keys::created_at.eq(new.active.created_at.timestamp_millis()),
                ))
                .execute(&mut self.connection)?;
            self.rows += 1;
        }
        Ok((self.rows - before) as f64 / start.elapsed().as_secs_f64())
    }
}
