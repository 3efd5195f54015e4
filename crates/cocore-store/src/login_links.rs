//! The table `login_links`: one-time links that sign in to the console.

use chrono::{DateTime, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;

use crate::connection::AnyConnection;
use crate::schema::login_links;
use crate::store::Store;
use crate::time::millis;

impl Store {
    /// Creates a link that signs an account in, by the SHA-256 of its token.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn login_link_create(
        &self,
        digest: [u8; 32],
        did: &str,
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let did = did.to_owned();
        self.write(move |connection| {
            let row = (
                login_links::hash.eq(&digest[..]),
                login_links::did.eq(&did),
                login_links::expires_at.eq(millis(expires_at)),
            );
            let inserted = diesel::insert_into(login_links::table).values(row);
            inserted.execute(connection).map(drop)
        })
        .await
    }

    /// Removes a link, and returns its account unless it is expired. Of several callers, one gets it.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn login_link_take(
        &self,
        digest: [u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<String>, StoreError> {
        self.write(move |connection| {
            // One transaction at a time writes, so no other can remove the row in between.
            let link = login_links::table.find(&digest[..]);
            let columns = (login_links::did, login_links::expires_at);
            let found: Option<(String, i64)> = link.select(columns).first(connection).optional()?;
            diesel::delete(link).execute(connection)?;
            let found = found.filter(|(_, expires_at)| *expires_at > millis(now));
            Ok(found.map(|(did, _)| did))
        })
        .await
    }
}

/// Removes expired links, and returns their number.
pub(crate) fn purge(connection: &mut AnyConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let expired = login_links::expires_at.le(millis(now));
    diesel::delete(login_links::table.filter(expired)).execute(connection)
}
