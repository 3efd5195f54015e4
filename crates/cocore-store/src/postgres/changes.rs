//! The log of changes: which keys each epoch changed. What became of them is read from the keys
//! themselves, for a key that has ended never comes back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use cocore_keys::{Change, Digest, Key, NewKey, StoreError};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};

use super::servers::ORIGIN;
use super::sql::sql;
use crate::api_keys::{self, digest};
use crate::connection::AnyConnection;
use crate::database::unavailable;
use crate::time::time;

/// How many epochs are kept that every server has: one that was away for a while need not read all
/// keys.
const KEPT: i64 = 10_000;
/// How many epochs are read at a time.
const PAGE_SIZE: i64 = 500;

#[derive(QueryableByName)]
struct Epoch {
    #[diesel(sql_type = BigInt)]
    epoch: i64,
}

/// Writes down what the transaction changes, and tells everyone when it is committed: the number of
/// the changes. The transaction began with the lock of the epoch.
pub(crate) fn record(connection: &mut PgConnection, changed: &[&Digest]) -> QueryResult<u64> {
    let hashes = changed.iter().map(|digest| &digest.as_bytes()[..]);
    let hashes: Vec<_> = hashes.collect();
    let query = "WITH epoch AS (UPDATE key_epoch SET value = value + 1 RETURNING value),
        noted AS (INSERT INTO key_changes (epoch, hashes) SELECT value, ? FROM epoch)
        SELECT value AS epoch, pg_notify('cocore_changes', ?)::text AS told FROM epoch";
    let recorded: Epoch = sql(query)
        .bind::<Array<Binary>, _>(hashes)
        .bind::<Text, _>(&*ORIGIN)
        .get_result(connection)?;
    Ok(recorded.epoch.unsigned_abs())
}

/// The number of the last changes.
pub(crate) fn epoch(connection: &mut PgConnection) -> QueryResult<u64> {
    let epoch: Epoch = sql("SELECT value AS epoch FROM key_epoch").get_result(connection)?;
    Ok(epoch.epoch.unsigned_abs())
}

/// Makes every server read all keys again: an epoch that the log does not explain.
pub(crate) fn skip_epoch(connection: &mut PgConnection) -> QueryResult<()> {
    let query = "UPDATE key_epoch SET value = value + 1
        RETURNING pg_notify('cocore_changes', ?)::text";
    sql(query)
        .bind::<Text, _>(&*ORIGIN)
        .execute(connection)
        .map(drop)
}

/// Begins a transaction that sees one moment, however long it takes.
fn begin_snapshot(connection: &mut PgConnection) -> QueryResult<()> {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    AnsiTransactionManager::begin_transaction_sql(connection, begin)?;
    lift_limits(connection)
}

/// The same, and nobody writes until its end: each transaction that does begins with a lock of this table.
pub(crate) fn begin_alone(connection: &mut PgConnection) -> QueryResult<()> {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE key_epoch IN EXCLUSIVE MODE";
    AnsiTransactionManager::begin_transaction_sql(connection, begin)?;
    lift_limits(connection)
}

/// Lets a transaction take its time.
pub(crate) fn lift_limits(connection: &mut PgConnection) -> QueryResult<()> {
    let limits = "SET LOCAL statement_timeout = 0;
        SET LOCAL idle_in_transaction_session_timeout = 0";
    connection.batch_execute(limits)
}

/// Removes what every server has known for long.
pub(crate) fn purge(connection: &mut PgConnection) -> QueryResult<usize> {
    // LEAST passes over the NULL of no server at all.
    let query = "DELETE FROM key_changes WHERE epoch <= -? + least(
        (SELECT min(acknowledged) FROM key_servers), (SELECT value FROM key_epoch))";
    sql(query).bind::<BigInt, _>(KEPT).execute(connection)
}

/// One key of an epoch: a live one has the rest of its row.
#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = BigInt)]
    epoch: i64,
    #[diesel(sql_type = Binary)]
    hash: Vec<u8>,
    #[diesel(sql_type = Nullable<Text>)]
    id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    did: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    created_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    expires_at: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_used_at: Option<i64>,
}

/// The first changes after an epoch, each as its key is now.
pub(super) fn after(
    connection: &mut PgConnection,
    epoch: u64,
) -> QueryResult<Vec<(u64, Vec<Change>)>> {
    let query = "SELECT c.epoch, h.hash, k.id, k.did, k.created_at, k.expires_at, k.last_used_at
        FROM key_changes AS c CROSS JOIN LATERAL unnest(c.hashes) AS h (hash)
        LEFT JOIN api_keys AS k ON k.hash = h.hash AND k.revoked_at IS NULL
        WHERE c.epoch > ? AND c.epoch <= ?";
    let rows: Vec<Changed> = sql(query)
        .bind::<BigInt, _>(epoch.cast_signed())
        .bind::<BigInt, _>(epoch.cast_signed() + PAGE_SIZE)
        .load(connection)?;
    let mut epochs = BTreeMap::<_, Vec<_>>::new();
    for row in rows {
        let epoch = row.epoch.unsigned_abs();
        epochs.entry(epoch).or_default().push(row.into_change()?);
    }
    Ok(epochs.into_iter().collect())
}

impl Changed {
    fn into_change(self) -> QueryResult<Change> {
        let digest = digest(&self.hash)?;
        let (Some(id), Some(did), Some(created_at)) = (self.id, self.did, self.created_at) else {
            return Ok(Change::Removed(digest));
        };
        let key = Key {
            id,
            did,
            // The set of live keys has no use for these.
            name: String::new(),
            prefix: String::new(),
            created_at: time(created_at),
            expires_at: self.expires_at.map(time),
            revoked_at: None,
            last_used_at: self.last_used_at.map(time),
        };
        Ok(Change::Created(NewKey { key, digest }))
    }
}

/// Reads every key that is not revoked and does not end by `now`, and the epoch that they are as of.
pub(super) fn load(
    connection: &mut AnyConnection,
    now: DateTime<Utc>,
    each: impl FnMut(NewKey),
) -> Result<u64, StoreError> {
    let AnyConnection::Postgres(inner) = connection else {
        return Err(super::lease_coordinator::not_postgres());
    };
    // The same moment for both.
    begin_snapshot(inner).map_err(unavailable)?;
    let epoch = self::epoch(inner).map_err(unavailable)?;
    api_keys::load(connection, now, each).map_err(unavailable)?;
    AnyConnection::commit_transaction(connection).map_err(unavailable)?;
    Ok(epoch)
}
