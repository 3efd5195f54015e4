//! Removal of expired rows.

use chrono::{DateTime, Utc};
use cocore_keys::StoreError;

use crate::connection::AnyConnection;
use crate::store::Store;
use crate::{encrypted_values, login_links, sessions};

impl Store {
    /// Removes what is expired at `now`: sessions that were created or last used too long ago, login links and
    /// values past their time, and the part of the log of changes that every server has applied long ago.
    /// Returns the number of rows without the log's.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn purge(
        &self,
        now: DateTime<Utc>,
        created_before: DateTime<Utc>,
        unseen_since: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        self.write(move |connection| {
            let sessions = sessions::purge(connection, created_before, unseen_since)?;
            if let AnyConnection::Postgres(connection) = connection {
                crate::postgres::purge_changes(connection)?;
            }
            let links = login_links::purge(connection, now)?;
            Ok(sessions + links + encrypted_values::purge(connection, now)?)
        })
        .await
    }
}
