//! The table `call_usage`: what the calls of each hour have cost.

use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::call_budgets::signed;
use crate::connection::AnyConnection;
use crate::schema::call_usage;
use crate::store::Store;
use crate::time::{millis, time};

/// The id of the key in a row of calls without a key.
const NO_KEY: &str = "";

/// What calls have cost together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageCounts {
    /// The calls that an upstream got.
    pub calls: u64,
    /// Those of them that failed.
    pub errors: u64,
    /// Those of them of which tokens are estimated.
    pub estimated: u64,
    /// The tokens of prompts.
    pub input: u64,
    /// The tokens of answers.
    pub output: u64,
    /// Those of the prompts that a cache had.
    pub cached: u64,
}

impl UsageCounts {
    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        for (own, other) in [
            (&mut self.calls, other.calls),
            (&mut self.errors, other.errors),
            (&mut self.estimated, other.estimated),
            (&mut self.input, other.input),
            (&mut self.output, other.output),
            (&mut self.cached, other.cached),
        ] {
            *own = own.saturating_add(other);
        }
    }
}

/// Whose calls, when, of which model at which upstream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsageOf {
    /// The account.
    pub did: String,
    /// The id of the key, if they were made with one.
    pub key_id: Option<String>,
    /// When the hour began.
    pub hour: DateTime<Utc>,
    /// The model, by the upstream's name.
    pub model: String,
    /// The name of the upstream.
    pub upstream: String,
}

/// What calls have cost in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageSum {
    /// When the period began.
    pub start: DateTime<Utc>,
    /// The model, by the upstream's name.
    pub model: String,
    /// The name of the upstream.
    pub upstream: String,
    /// What they have cost.
    pub counts: UsageCounts,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    start: i64,
    #[diesel(sql_type = Text)]
    model: String,
    #[diesel(sql_type = Text)]
    upstream: String,
    #[diesel(sql_type = BigInt)]
    calls: i64,
    #[diesel(sql_type = BigInt)]
    errors: i64,
    #[diesel(sql_type = BigInt)]
    estimated: i64,
    #[diesel(sql_type = BigInt)]
    input: i64,
    #[diesel(sql_type = BigInt)]
    output: i64,
    #[diesel(sql_type = BigInt)]
    cached: i64,
}

/// The sums of an account. Both databases number the values in the order in
/// which they first stand there.
const SUMS: &str = "SELECT hour - hour % $1 AS start, model, upstream,
        CAST(sum(calls) AS BIGINT) AS calls, CAST(sum(errors) AS BIGINT) AS errors,
        CAST(sum(estimated) AS BIGINT) AS estimated, CAST(sum(input) AS BIGINT) AS input,
        CAST(sum(output) AS BIGINT) AS output, CAST(sum(cached) AS BIGINT) AS cached
    FROM call_usage WHERE did = $2 AND hour >= $3 AND hour < $4";
const OF_KEY: &str = " AND key_id = $5";
const GROUPED: &str = " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

/// Loads the sums on a connection of either database.
macro_rules! sums {
    ($connection:ident, $did:ident, $key:ident, $times:ident) => {{
        let [step, from, to] = $times;
        let of_key = if $key.is_some() { OF_KEY } else { "" };
        let sums = diesel::sql_query([SUMS, of_key, GROUPED].concat())
            .bind::<BigInt, _>(step)
            .bind::<Text, _>(&$did)
            .bind::<BigInt, _>(from)
            .bind::<BigInt, _>(to);
        match &$key {
            Some(key) => sums.bind::<Text, _>(key).load($connection),
            None => sums.load($connection),
        }
    }};
}

impl Store {
    /// Returns what the calls of an account have cost from one time to another, by periods of hours or of days: those with
    /// one key, or all.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn usage(
        &self,
        did: &str,
        key: Option<&str>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        step: TimeDelta,
    ) -> Result<Vec<UsageSum>, StoreError> {
        let (did, key) = (did.to_owned(), key.map(str::to_owned));
        let times = [step.num_milliseconds().max(1), millis(from), millis(to)];
        self.read(move |connection| {
            let rows: Vec<Row> = match connection {
                AnyConnection::Sqlite(connection) => sums!(connection, did, key, times),
                AnyConnection::Postgres(connection) => sums!(connection, did, key, times),
            }?;
            Ok(rows.into_iter().map(UsageSum::from).collect())
        })
        .await
    }
}

impl From<Row> for UsageSum {
    fn from(row: Row) -> Self {
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Self {
            start: time(row.start),
            model: row.model,
            upstream: row.upstream,
            counts: UsageCounts {
                calls: count(row.calls),
                errors: count(row.errors),
                estimated: count(row.estimated),
                input: count(row.input),
                output: count(row.output),
                cached: count(row.cached),
            },
        }
    }
}

/// Adds to what calls have cost.
pub(crate) fn add(
    connection: &mut AnyConnection,
    of: &UsageOf,
    counts: &UsageCounts,
) -> QueryResult<()> {
    let key = of.key_id.as_deref().unwrap_or(NO_KEY);
    let row = (&of.did, key, millis(of.hour), &of.model, &of.upstream);
    let updated = diesel::update(call_usage::table.find(row))
        .set((
            call_usage::calls.eq(call_usage::calls + signed(counts.calls)),
            call_usage::errors.eq(call_usage::errors + signed(counts.errors)),
            call_usage::estimated.eq(call_usage::estimated + signed(counts.estimated)),
            call_usage::input.eq(call_usage::input + signed(counts.input)),
            call_usage::output.eq(call_usage::output + signed(counts.output)),
            call_usage::cached.eq(call_usage::cached + signed(counts.cached)),
        ))
        .execute(connection)?;
    if updated > 0 {
        return Ok(());
    }
    // One transaction at a time writes, so no other can insert the row in between.
    let row = (
        call_usage::did.eq(&of.did),
        call_usage::key_id.eq(key),
        call_usage::hour.eq(millis(of.hour)),
        call_usage::model.eq(&of.model),
        call_usage::upstream.eq(&of.upstream),
        call_usage::calls.eq(signed(counts.calls)),
        call_usage::errors.eq(signed(counts.errors)),
        call_usage::estimated.eq(signed(counts.estimated)),
        call_usage::input.eq(signed(counts.input)),
        call_usage::output.eq(signed(counts.output)),
        call_usage::cached.eq(signed(counts.cached)),
    );
    diesel::insert_into(call_usage::table)
        .values(row)
        .execute(connection)
        .map(drop)
}

/// Removes what is older than a time, and returns the number of rows.
pub(crate) fn purge(connection: &mut AnyConnection, before: DateTime<Utc>) -> QueryResult<usize> {
    let old = call_usage::hour.lt(millis(before));
    diesel::delete(call_usage::table.filter(old)).execute(connection)
}
