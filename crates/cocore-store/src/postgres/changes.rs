//! The log of changes: which keys each epoch changed. The state of a key is read from its own row, since a
//! removed key never comes back, and a newer state may be known before it is answered.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cocore_keys::{ActiveKey, Change, Digest, StoreError};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};

use super::connection::PgConnection;
use super::servers::ORIGIN;
use super::sql::sql;
use crate::active_row::{ActiveRow, RowParser};
use crate::connection::AnyConnection;
use crate::error::{Cause, unavailable};
use crate::keys::{self, digest};

/// How many epochs are kept after every server has applied them: a server that was disconnected for a while
/// need not load all keys.
const RETAINED_EPOCHS: i64 = 10_000;
/// How many epochs are read at a time.
const PAGE_SIZE: i64 = 500;

#[derive(QueryableByName)]
struct Epoch {
    #[diesel(sql_type = BigInt)]
    epoch: i64,
}

/// Records which keys the transaction changes, notifies the servers at its commit, and returns the epoch of
/// the changes. The transaction has begun with the lock of the epoch.
pub(crate) fn record(connection: &mut PgConnection, changed: &[Digest]) -> QueryResult<u64> {
    let hashes = changed.iter().map(|digest| &digest.as_bytes()[..]);
    let hashes: Vec<_> = hashes.collect();
    let query = "WITH epoch AS (UPDATE lease_epoch SET value = value + 1 RETURNING value),
        noted AS (INSERT INTO lease_changes (epoch, hashes) SELECT value, ? FROM epoch)
        SELECT value AS epoch, pg_notify('cocore_changes', ?)::text AS notified FROM epoch";
    let recorded: Epoch = sql(query)
        .bind::<Array<Binary>, _>(hashes)
        .bind::<Text, _>(&*ORIGIN)
        .get_result(connection)?;
    Ok(recorded.epoch.unsigned_abs())
}

/// Returns the epoch of the last changes.
pub(crate) fn epoch(connection: &mut PgConnection) -> QueryResult<u64> {
    let epoch: Epoch = sql("SELECT value AS epoch FROM lease_epoch").get_result(connection)?;
    Ok(epoch.epoch.unsigned_abs())
}

/// Makes every server load all keys again: the log has no entry for the new epoch.
pub(crate) fn skip_epoch(connection: &mut PgConnection) -> QueryResult<()> {
    let query = "UPDATE lease_epoch SET value = value + 1
        RETURNING pg_notify('cocore_changes', ?)::text";
    sql(query)
        .bind::<Text, _>(&*ORIGIN)
        .execute(connection)
        .map(drop)
}

/// Begins a transaction that reads one snapshot, without time-outs.
fn begin_snapshot(connection: &mut PgConnection) -> QueryResult<()> {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    AnsiTransactionManager::begin_transaction_sql(connection, begin)?;
    lift_limits(connection)
}

/// Begins a transaction that reads one snapshot, without time-outs. Nothing is written until its end, since
/// every transaction that writes begins with a lock of this table.
pub(crate) fn begin_alone(connection: &mut PgConnection) -> QueryResult<()> {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE lease_epoch IN EXCLUSIVE MODE";
    AnsiTransactionManager::begin_transaction_sql(connection, begin)?;
    lift_limits(connection)
}

/// How long the server may be silent in a transaction without time-outs.
const SILENCE_LIMIT: Duration = Duration::from_secs(30);

/// Removes the time-outs of a transaction, except the one for a server that is silent.
pub(crate) fn lift_limits(connection: &mut PgConnection) -> QueryResult<()> {
    connection.set_silence_limit(SILENCE_LIMIT);
    let limits = "SET LOCAL statement_timeout = 0;
        SET LOCAL idle_in_transaction_session_timeout = 0";
    connection.batch_execute(limits)
}

/// Removes the epochs that every server has applied long ago.
pub(crate) fn purge(connection: &mut PgConnection) -> QueryResult<usize> {
    // LEAST ignores the NULL of no server at all.
    let query = "DELETE FROM lease_changes WHERE epoch <= -? + least(
        (SELECT min(acknowledged) FROM lease_servers), (SELECT value FROM lease_epoch))";
    sql(query)
        .bind::<BigInt, _>(RETAINED_EPOCHS)
        .execute(connection)
}

/// A key of an epoch. If it is live, the other columns are those of its row.
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
    #[diesel(sql_type = Nullable<Text>)]
    scopes: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    models: Option<String>,
}

/// Returns the first changes after an epoch, each by the present state of its key. A row that is not a
/// valid key is reported in the log, and counts as removed.
pub(super) fn after(
    connection: &mut PgConnection,
    epoch: u64,
) -> QueryResult<Vec<(u64, Vec<Change>)>> {
    let query = "SELECT c.epoch, h.hash, k.id, k.did, k.created_at, k.expires_at, k.last_used_at,
            k.scopes, k.models
        FROM lease_changes AS c CROSS JOIN LATERAL unnest(c.hashes) AS h (hash)
        LEFT JOIN keys AS k ON k.hash = h.hash AND k.revoked_at IS NULL
        WHERE c.epoch > ? AND c.epoch <= ?";
    let rows: Vec<Changed> = sql(query)
        .bind::<BigInt, _>(epoch.cast_signed())
        .bind::<BigInt, _>(epoch.cast_signed() + PAGE_SIZE)
        .load(connection)?;
    let (mut epochs, mut parser) = (BTreeMap::<_, Vec<_>>::new(), RowParser::default());
    for row in rows {
        let digest = digest(&row.hash)?;
        let epoch = row.epoch.unsigned_abs();
        let key = row.into_row().and_then(|row| parser.parse(row, digest));
        let change = key.map_or(Change::Removed(digest), Change::Set);
        epochs.entry(epoch).or_default().push(change);
    }
    Ok(epochs.into_iter().collect())
}

impl Changed {
    fn into_row(self) -> Option<ActiveRow> {
        Some(ActiveRow {
            id: self.id?,
            did: self.did?,
            created_at: self.created_at?,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
            scopes: self.scopes,
            models: self.models,
        })
    }
}

/// Reads every key that is not revoked and does not expire by `now`, and returns the epoch of what was read.
pub(super) fn load(
    connection: &mut AnyConnection,
    now: DateTime<Utc>,
    each: impl FnMut(ActiveKey),
) -> Result<u64, StoreError> {
    let AnyConnection::Postgres(inner) = connection else {
        return Err(Cause::NotPostgres.into());
    };
    // Keys and epoch are of the same snapshot.
    begin_snapshot(inner).map_err(unavailable)?;
    let epoch = self::epoch(inner).map_err(unavailable)?;
    keys::load(connection, now, each).map_err(unavailable)?;
    AnyConnection::commit_transaction(connection).map_err(unavailable)?;
    Ok(epoch)
}
