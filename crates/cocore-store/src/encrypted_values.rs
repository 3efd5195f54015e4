//! The table of encrypted values: what OAuth sign-in keeps. The caller encrypts and decrypts them.

use chrono::{DateTime, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::connection::AnyConnection;
use crate::schema::encrypted_values;
use crate::store::Store;
use crate::time::millis;

/// The kind of OAuth tokens: values named by the DID of their account, and removed after the account's last
/// session.
pub const OAUTH_TOKENS: &str = "tokens";

impl Store {
    /// Returns the value of a kind and a name, after storing this one if there is none.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn encrypted_get_or_insert(
        &self,
        kind: &'static str,
        name: &str,
        value: Vec<u8>,
    ) -> Result<Vec<u8>, StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            let existing = encrypted_values::table
                .find((kind, &name))
                .select(encrypted_values::value);
            if let Some(value) = existing.first(connection).optional()? {
                return Ok(value);
            }
            let row = (
                encrypted_values::kind.eq(kind),
                encrypted_values::name.eq(&name),
                encrypted_values::value.eq(&value),
            );
            diesel::insert_into(encrypted_values::table)
                .values(row)
                .execute(connection)?;
            Ok(value.clone())
        })
        .await
    }

    /// Stores a value under a kind and a name, and replaces an existing one.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn encrypted_put(
        &self,
        kind: &'static str,
        name: &str,
        value: Vec<u8>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            let before = encrypted_values::table.find((kind, &name));
            diesel::delete(before).execute(connection)?;
            let row = (
                encrypted_values::kind.eq(kind),
                encrypted_values::name.eq(&name),
                encrypted_values::value.eq(&value),
                encrypted_values::expires_at.eq(expires_at.map(millis)),
            );
            diesel::insert_into(encrypted_values::table)
                .values(row)
                .execute(connection)
                .map(drop)
        })
        .await
    }

    /// Returns the value of a kind and a name, unless it is expired.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn encrypted_get(
        &self,
        kind: &'static str,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let name = name.to_owned();
        self.read(move |connection| {
            let is_current =
                encrypted_values::expires_at
                    .is_null()
                    .or(encrypted_values::expires_at
                        .assume_not_null()
                        .gt(millis(now))
                        .nullable());
            encrypted_values::table
                .find((kind, &name))
                .filter(is_current.assume_not_null())
                .select(encrypted_values::value)
                .first(connection)
                .optional()
        })
        .await
    }

    /// Removes a value.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn encrypted_delete(&self, kind: &'static str, name: &str) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            let one = encrypted_values::table.find((kind, &name));
            diesel::delete(one).execute(connection).map(drop)
        })
        .await
    }
}

/// Removes expired values, and the tokens of accounts without a session. Returns the number of rows.
pub(crate) fn purge(connection: &mut AnyConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let expired = encrypted_values::expires_at.le(millis(now));
    let removed = diesel::delete(encrypted_values::table.filter(expired.assume_not_null()))
        .execute(connection)?;
    // Diesel cannot delete by a query on another table.
    let orphaned = "DELETE FROM sealed WHERE kind = $1 AND name NOT IN (SELECT did FROM sessions)";
    let orphaned = diesel::sql_query(orphaned).bind::<Text, _>(OAUTH_TOKENS);
    Ok(removed + orphaned.execute(connection)?)
}
