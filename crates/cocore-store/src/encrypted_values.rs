//! The table of encrypted values: the client key of OAuth sign-in, and the sign-ins that are under way. The caller
//! encrypts and decrypts them.

use chrono::{DateTime, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;

use crate::connection::AnyConnection;
use crate::schema::encrypted_values;
use crate::store::Store;
use crate::time::millis;

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

    /// Removes the value of a kind and a name, and returns it unless it is expired. Of several callers, one gets
    /// it.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn encrypted_take(
        &self,
        kind: &'static str,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            // One transaction at a time writes, so no other can remove the row in between.
            let one = encrypted_values::table.find((kind, &name));
            let columns = (encrypted_values::value, encrypted_values::expires_at);
            let found: Option<(Vec<u8>, Option<i64>)> =
                one.select(columns).first(connection).optional()?;
            diesel::delete(one).execute(connection)?;
            let is_current = |at: &Option<i64>| at.is_none_or(|at| at > millis(now));
            Ok(found
                .filter(|(_, at)| is_current(at))
                .map(|(value, _)| value))
        })
        .await
    }
}

/// Removes expired values, and returns their number.
pub(crate) fn purge(connection: &mut AnyConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let expired = encrypted_values::expires_at.le(millis(now));
    diesel::delete(encrypted_values::table.filter(expired.assume_not_null())).execute(connection)
}
