//! The table of sealed values: what sign-in keeps, encrypted by whoever gives it.

use chrono::{DateTime, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::Store;
use crate::connection::AnyConnection;
use crate::schema::sealed;
use crate::time::millis;

/// The kind of what is named after an account and ends with its last session.
pub const TOKENS: &str = "tokens";

impl Store {
    /// Keeps a value under a kind and a name, unless there is one already: what is there now.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn sealed_put_first(
        &self,
        kind: &'static str,
        name: &str,
        value: Vec<u8>,
    ) -> Result<Vec<u8>, StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            let kept = sealed::table.find((kind, &name)).select(sealed::value);
            if let Some(kept) = kept.first(connection).optional()? {
                return Ok(kept);
            }
            let row = (
                sealed::kind.eq(kind),
                sealed::name.eq(&name),
                sealed::value.eq(&value),
            );
            diesel::insert_into(sealed::table)
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
    pub async fn sealed_put(
        &self,
        kind: &'static str,
        name: &str,
        value: Vec<u8>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            let before = sealed::table.find((kind, &name));
            diesel::delete(before).execute(connection)?;
            let row = (
                sealed::kind.eq(kind),
                sealed::name.eq(&name),
                sealed::value.eq(&value),
                sealed::expires_at.eq(expires_at.map(millis)),
            );
            diesel::insert_into(sealed::table)
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
    pub async fn sealed_get(
        &self,
        kind: &'static str,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let name = name.to_owned();
        self.read(move |connection| {
            let lives = sealed::expires_at.is_null().or(sealed::expires_at
                .assume_not_null()
                .gt(millis(now))
                .nullable());
            sealed::table
                .find((kind, &name))
                .filter(lives.assume_not_null())
                .select(sealed::value)
                .first(connection)
                .optional()
        })
        .await
    }

    /// Removes a value.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn sealed_delete(&self, kind: &'static str, name: &str) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            let one = sealed::table.find((kind, &name));
            diesel::delete(one).execute(connection).map(drop)
        })
        .await
    }
}

/// Removes what is past its time, and the tokens of those who are signed in nowhere.
pub(crate) fn purge(connection: &mut AnyConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let over = sealed::expires_at.le(millis(now));
    let past = diesel::delete(sealed::table.filter(over.assume_not_null())).execute(connection)?;
    // Diesel deletes by no query of another table.
    let left_over = "DELETE FROM sealed WHERE kind = $1 AND name NOT IN (SELECT did FROM sessions)";
    let left_over = diesel::sql_query(left_over).bind::<Text, _>(TOKENS);
    Ok(past + left_over.execute(connection)?)
}
