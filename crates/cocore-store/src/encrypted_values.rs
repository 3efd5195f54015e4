//! The table of encrypted values: what sign-in keeps, encrypted by whoever gives it.

use chrono::{DateTime, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::Store;
use crate::connection::AnyConnection;
use crate::schema::encrypted_values;
use crate::time::millis;

/// The kind of what is named after an account and ends with its last session.
pub const OAUTH_TOKENS: &str = "tokens";

impl Store {
    /// Keeps a value under a kind and a name, unless there is one already: what is there now.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn encrypted_get_or_insert(
        &self,
        kind: &'static str,
        name: &str,
        value: Vec<u8>,
    ) -> Result<Vec<u8>, StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            let kept = encrypted_values::table
                .find((kind, &name))
                .select(encrypted_values::value);
            if let Some(kept) = kept.first(connection).optional()? {
                return Ok(kept);
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

    /// Keeps a value under a kind and a name, in place of one that was there.
    ///
    /// # Errors
    /// The store cannot answer.
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

    /// The value of a kind and a name, unless its time is over.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn encrypted_get(
        &self,
        kind: &'static str,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let name = name.to_owned();
        self.read(move |connection| {
            let lives = encrypted_values::expires_at
                .is_null()
                .or(encrypted_values::expires_at
                    .assume_not_null()
                    .gt(millis(now))
                    .nullable());
            encrypted_values::table
                .find((kind, &name))
                .filter(lives.assume_not_null())
                .select(encrypted_values::value)
                .first(connection)
                .optional()
        })
        .await
    }

    /// Removes a value.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn encrypted_delete(&self, kind: &'static str, name: &str) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            let one = encrypted_values::table.find((kind, &name));
            diesel::delete(one).execute(connection).map(drop)
        })
        .await
    }
}

/// Removes what is past its time, and the tokens of those who are signed in nowhere.
pub(crate) fn purge(connection: &mut AnyConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let over = encrypted_values::expires_at.le(millis(now));
    let past = diesel::delete(encrypted_values::table.filter(over.assume_not_null()))
        .execute(connection)?;
    // Diesel deletes by no query of another table.
    let left_over = "DELETE FROM sealed WHERE kind = $1 AND name NOT IN (SELECT did FROM sessions)";
    let left_over = diesel::sql_query(left_over).bind::<Text, _>(OAUTH_TOKENS);
    Ok(past + left_over.execute(connection)?)
}
