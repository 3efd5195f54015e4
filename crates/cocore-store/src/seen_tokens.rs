//! The table of service-auth tokens that were accepted.

use chrono::{DateTime, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;

use crate::Store;
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
            let row = (
                seen_tokens::hash.eq(&digest[..]),
                seen_tokens::expires_at.eq(millis(expires_at)),
            );
            let inserted = diesel::insert_into(seen_tokens::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(connection)?;
            Ok(inserted > 0)
        })
        .await
    }
}

pub(crate) fn purge(connection: &mut SqliteConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let over = seen_tokens::expires_at.le(millis(now));
    diesel::delete(seen_tokens::table.filter(over)).execute(connection)
}
