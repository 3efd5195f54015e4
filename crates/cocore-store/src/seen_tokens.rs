//! The table of service-auth tokens that were accepted.

use chrono::{DateTime, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;

use crate::Store;
use crate::connection::AnyConnection;
use crate::schema::seen_tokens;
use crate::time::millis;

impl Store {
    /// Notes that a token was accepted, by the SHA-256 of its issuer and id: false if it was before.
    /// True is on disk.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn token_seen_first(
        &self,
        digest: [u8; 32],
        expires_at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            // Only one transaction at a time writes, so nobody comes in between.
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
}

pub(crate) fn purge(connection: &mut AnyConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let over = seen_tokens::expires_at.le(millis(now));
    diesel::delete(seen_tokens::table.filter(over)).execute(connection)
}
