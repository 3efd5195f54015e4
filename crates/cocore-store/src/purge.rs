//! Removal of expired rows.

use chrono::{DateTime, Utc};
use cocore_keys::StoreError;

use crate::connection::AnyConnection;
use crate::store::Store;
use crate::{
    call_budgets, call_limits, call_reports, call_usage, encrypted_values, key_answers, key_events,
    login_links, proxy_sessions, sessions,
};

impl Store {
    /// Removes what is expired at `now`: sessions that were created or last used too long ago, login links, values
    /// and answers past their time, sessions of the record proxy that their hosts have ended long ago, budgets of periods
    /// that are over, limits of keys that are gone, and the part of the log of changes that every server has applied long ago.
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
            let links = login_links::purge(connection, now)? + key_answers::purge(connection, now)?;
            let calls = call_budgets::purge(connection, now)?
                + call_limits::purge(connection)?
                + call_reports::purge(connection, now)?;
            let of_hosts = proxy_sessions::purge(connection, now)?;
            let values = encrypted_values::purge(connection, now)?;
            Ok(sessions + links + calls + of_hosts + values)
        })
        .await
    }

    /// Removes what calls have cost before a time, and returns the number of rows.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn purge_usage(&self, before: DateTime<Utc>) -> Result<usize, StoreError> {
        self.write(move |connection| call_usage::purge(connection, before))
            .await
    }

    /// Removes events that are older than a time, a bounded number at a time, and when there are none, of some
    /// accounts those past the newest `max`. Returns their number: after 0, there are no such events.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn purge_events(&self, before: DateTime<Utc>, max: u32) -> Result<usize, StoreError> {
        let old = self
            .write(move |connection| key_events::purge(connection, before))
            .await?;
        // The events of all accounts are counted once the old ones are gone.
        if old > 0 {
            return Ok(old);
        }
        // No write waits while all accounts are counted.
        let crowded = self
            .read(move |connection| key_events::crowded(connection, max))
            .await?;
        let mut removed = 0;
        for did in crowded {
            removed += self.purge_surplus(&did, max).await?;
        }
        Ok(removed)
    }

    /// Removes the events of an account past its newest ones: in steps, so that other writes get their turn in
    /// between.
    async fn purge_surplus(&self, did: &str, max: u32) -> Result<usize, StoreError> {
        let mut removed = 0;
        loop {
            let did = did.to_owned();
            let rows = self
                .write(move |connection| key_events::purge_surplus(connection, &did, max))
                .await?;
            if rows == 0 {
                return Ok(removed);
            }
            removed += rows;
        }
    }
}
