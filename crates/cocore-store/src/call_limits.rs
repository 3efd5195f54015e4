//! The table `call_limits`: limits of the calls of models.

use cocore_keys::{CallLimits, Models, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::connection::AnyConnection;
use crate::schema::{call_limits, key_lineage, keys};
use crate::store::Store;

/// The id of the key in a row of an account.
const ACCOUNT: &str = "";

/// Limits that hold for a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLimits {
    /// The id of the key that has them. `None`: the account has.
    pub key_id: Option<String>,
    /// The name of their budgets.
    pub budget: String,
    /// The limits.
    pub limits: CallLimits,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    key_id: String,
    #[diesel(sql_type = Text)]
    budget: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    tokens_per_day: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    tokens_per_month: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    requests_per_minute: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    models: Option<String>,
}

/// The limits of an account, of a key, and of all keys that it descends from. PostgreSQL has to know the collation of the
/// first row; for SQLite, `CROSS JOIN` is the order of the loops. Both number the values in the order in which they first
/// stand there.
macro_rules! that_hold {
    ($id:literal) => {
        concat!(
            "WITH RECURSIVE ascent (id) AS (SELECT ",
            $id,
            " UNION SELECT l.ancestor FROM ascent AS a CROSS JOIN key_lineage AS l
                WHERE l.did = $2 AND l.descendant = a.id)
            SELECT key_id, budget, tokens_per_day, tokens_per_month, requests_per_minute, models
            FROM call_limits WHERE did = $2 AND (key_id = '' OR key_id IN (SELECT id FROM ascent)) ORDER BY key_id"
        )
    };
}

impl Store {
    /// Returns the limits that hold for the calls of an account with a key, or without one: its own, those of the keys
    /// that it descends from, and those of the account.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn call_limits(
        &self,
        did: &str,
        key: Option<&str>,
    ) -> Result<Vec<StoredLimits>, StoreError> {
        let (did, key) = (did.to_owned(), key.unwrap_or(ACCOUNT).to_owned());
        self.read(move |connection| that_hold(connection, &did, &key))
            .await
    }
}

fn that_hold(
    connection: &mut AnyConnection,
    did: &str,
    key: &str,
) -> QueryResult<Vec<StoredLimits>> {
    // Most accounts have none, and no ancestors are looked for.
    let any = call_limits::table.filter(call_limits::did.eq(did));
    if !diesel::select(diesel::dsl::exists(any)).get_result(connection)? {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = match connection {
        AnyConnection::Sqlite(connection) => diesel::sql_query(that_hold!("$1"))
            .bind::<Text, _>(key)
            .bind::<Text, _>(did)
            .load(connection)?,
        AnyConnection::Postgres(connection) => diesel::sql_query(that_hold!("$1 COLLATE \"C\""))
            .bind::<Text, _>(key)
            .bind::<Text, _>(did)
            .load(connection)?,
    };
    Ok(rows.into_iter().map(StoredLimits::from).collect())
}

impl From<Row> for StoredLimits {
    fn from(row: Row) -> Self {
        // A number below zero allows nothing.
        let limit = |number: Option<i64>| number.map(|number| number.try_into().unwrap_or(0));
        Self {
            limits: CallLimits {
                tokens_per_day: limit(row.tokens_per_day),
                tokens_per_month: limit(row.tokens_per_month),
                requests_per_minute: limit(row.requests_per_minute),
                models: row.models.as_deref().map(Models::from_stored),
            },
            key_id: Some(row.key_id).filter(|id| id != ACCOUNT),
            budget: row.budget,
        }
    }
}

/// Replaces the limits of a key, or of an account. The name of a budget is the id of the key that had it first, or the
/// account's DID.
pub(crate) fn set(
    connection: &mut AnyConnection,
    did: &str,
    key: Option<&str>,
    limits: &CallLimits,
) -> QueryResult<()> {
    let row = call_limits::table.find((did, key.unwrap_or(ACCOUNT)));
    let before: Option<String> = row
        .select(call_limits::budget)
        .first(connection)
        .optional()?;
    diesel::delete(row).execute(connection)?;
    if limits.is_none() {
        return Ok(());
    }
    let number = |limit: Option<u64>| limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
    let row = (
        call_limits::did.eq(did),
        call_limits::key_id.eq(key.unwrap_or(ACCOUNT)),
        call_limits::budget.eq(before.as_deref().or(key).unwrap_or(did)),
        call_limits::tokens_per_day.eq(number(limits.tokens_per_day)),
        call_limits::tokens_per_month.eq(number(limits.tokens_per_month)),
        call_limits::requests_per_minute.eq(number(limits.requests_per_minute)),
        call_limits::models.eq(limits.models.as_ref().map(Models::to_stored)),
    );
    diesel::insert_into(call_limits::table)
        .values(row)
        .execute(connection)
        .map(drop)
}

/// Gives the limits of a key to the one that replaces it.
pub(crate) fn transfer(
    connection: &mut AnyConnection,
    did: &str,
    old: &str,
    new: &str,
) -> QueryResult<()> {
    diesel::update(call_limits::table.find((did, old)))
        .set(call_limits::key_id.eq(new))
        .execute(connection)
        .map(drop)
}

/// Deletes the limits of a deleted key, unless keys descend from it: they hold for those as well.
pub(crate) fn forget(connection: &mut AnyConnection, did: &str, id: &str) -> QueryResult<()> {
    let descendants = key_lineage::table
        .filter(key_lineage::did.eq(did))
        .filter(key_lineage::ancestor.eq(id));
    if diesel::select(diesel::dsl::exists(descendants)).get_result(connection)? {
        return Ok(());
    }
    diesel::delete(call_limits::table.find((did, id)))
        .execute(connection)
        .map(drop)
}

/// Deletes the limits of deleted keys from which no key descends any more, and returns their number.
pub(crate) fn purge(connection: &mut AnyConnection) -> QueryResult<usize> {
    let key = keys::table.filter(keys::id.eq(call_limits::key_id));
    let descendants = key_lineage::table
        .filter(key_lineage::did.eq(call_limits::did))
        .filter(key_lineage::ancestor.eq(call_limits::key_id));
    let orphans: Vec<(String, String)> = call_limits::table
        .filter(call_limits::key_id.ne(ACCOUNT))
        .filter(diesel::dsl::not(diesel::dsl::exists(key)))
        .filter(diesel::dsl::not(diesel::dsl::exists(descendants)))
        .select((call_limits::did, call_limits::key_id))
        .limit(1000)
        .load(connection)?;
    for (did, id) in &orphans {
        diesel::delete(call_limits::table.find((did, id))).execute(connection)?;
    }
    Ok(orphans.len())
}
