//! The table `seen_tokens`: service-auth tokens that were accepted, by which replays are rejected.

use chrono::{DateTime, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;

use crate::connection::AnyConnection;
use crate::schema::seen_tokens;
use crate::store::Store;
use crate::time::millis;

impl Store {
    /// Records that a token was accepted, by the SHA-256 of its issuer and id. Returns true for the first
    /// call, once the record is on disk, and false for every later one.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn token_seen_first(
        &self,
        digest: [u8; 32],
        expires_at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            // One transaction at a time writes, so no other can insert the row in between.
            let seen = seen_tokens::table.find(&digest[..]);
            if diesel::select(diesel::dsl::exists(seen)).get_result(connection)? {
                return Ok(false);
            }
            let row = (
                seen_tokens::hash.eq(&digest[..]),
                seen_tokens::expires_at.eq(millis(expires_at)),
            );
            diesel::insert_into(seen_tokens::table)
                .values(row)
                .execute(connection)?;
            Ok(true)
        })
        .await
    }

    /// Removes the tokens that expired by `time`, and returns their number.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn purge_seen_tokens(&self, time: DateTime<Utc>) -> Result<usize, StoreError> {
        self.write(move |connection| {
            let expired = seen_tokens::expires_at.le(millis(time));
            diesel::delete(seen_tokens::table.filter(expired)).execute(connection)
        })
        .await
    }
}

/// Inserts a row, and deletes it again in the same transaction: the database has to write to its log.
pub(crate) fn probe(connection: &mut AnyConnection) -> QueryResult<()> {
    const HASH: &[u8] = &[0; 32];
    let row = (seen_tokens::hash.eq(HASH), seen_tokens::expires_at.eq(0));
    diesel::insert_into(seen_tokens::table)
        .values(row)
        .execute(connection)?;
    diesel::delete(seen_tokens::table.find(HASH))
        .execute(connection)
        .map(drop)
}
