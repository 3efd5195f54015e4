//! Queries on `lease_servers`, the table of servers that may answer from memory (see [`cocore_keys::lease`]).

use std::sync::LazyLock;
use std::time::Duration;

use cocore_keys::lease::{NodeId, PeerRow, Reply, Report, Timing};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::connection::PgConnection;
use super::sql::sql;

/// The payload of this process's notifications, by which it ignores its own.
pub(super) static ORIGIN: LazyLock<String> = LazyLock::new(|| format!("{:032x}", new_id()));

/// Returns a random id.
pub(super) fn new_id() -> NodeId {
    uuid::Uuid::new_v4().as_u128()
}

/// The channel on which commits are notified.
pub(super) const CHANGES: &str = "cocore_changes";
/// The channel on which acknowledgements are notified.
const REPORTS: &str = "cocore_reports";

/// Sets up the coordinator's connection. Reports are not synced: after a crash, a row may hold an older one,
/// which is safe.
pub(super) fn configure(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(&format!(
        "SET application_name = 'cocore-server leases'; SET synchronous_commit = off;
        LISTEN {CHANGES}; LISTEN {REPORTS}"
    ))
}

/// Inserts a row, synced to disk.
pub(super) fn register(connection: &mut PgConnection, row: PeerRow) -> QueryResult<()> {
    let PeerRow {
        id,
        heartbeat,
        acknowledged,
    } = row;
    connection.batch_execute(&format!(
        "BEGIN; SET LOCAL synchronous_commit = on;
        INSERT INTO lease_servers (id, heartbeat, acknowledged)
            VALUES ('{id:032x}', {heartbeat}, {acknowledged});
        COMMIT"
    ))
}

/// Deletes rows that still have these heartbeats.
pub(super) fn remove(connection: &mut PgConnection, rows: &[(NodeId, u64)]) -> QueryResult<()> {
    let rows = rows
        .iter()
        .map(|(id, heartbeat)| format!("('{id:032x}', {heartbeat})"));
    let rows = rows.collect::<Vec<_>>().join(", ");
    connection.batch_execute(&format!(
        "DELETE FROM lease_servers WHERE (id, heartbeat) IN ({rows})"
    ))
}

/// Deletes the row of this server, and notifies the others.
pub(super) fn deregister(connection: &mut PgConnection, id: NodeId) -> QueryResult<()> {
    connection.batch_execute(&format!(
        "DELETE FROM lease_servers WHERE id = '{id:032x}';
        SELECT pg_notify('{REPORTS}', '{}')",
        &*ORIGIN
    ))
}

/// The servers that use a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServersFound {
    /// How many servers renew their lease.
    pub running: usize,
    /// How many leases are left of servers that were killed.
    pub expired: usize,
}

/// Returns the servers that run on the database. The row of a server that was killed does not change any
/// more. It blocks for the length of a lease if there are rows.
pub(crate) fn servers_found(connection: &mut PgConnection) -> QueryResult<ServersFound> {
    let before = report(connection, None)?.rows;
    if before.is_empty() {
        return Ok(ServersFound {
            running: 0,
            expired: 0,
        });
    }
    std::thread::sleep(longest_lease());
    let now = report(connection, None)?.rows;
    let expired = now.iter().filter(|row| before.contains(row)).count();
    Ok(ServersFound {
        running: now.len() - expired,
        expired,
    })
}

/// Returns whether servers run on the database. It blocks in the same way.
pub(crate) fn has_servers(connection: &mut PgConnection) -> QueryResult<bool> {
    Ok(servers_found(connection)?.running > 0)
}

/// If there are servers, waits until every lease that was taken before now has expired.
pub(crate) fn wait_out_leases(connection: &mut PgConnection) {
    // If the database does not answer, there may be servers.
    if report(connection, None).map_or(true, |reply| !reply.rows.is_empty()) {
        std::thread::sleep(longest_lease());
    }
}

fn longest_lease() -> Duration {
    let Timing { lease, margin, .. } = Timing::default();
    lease + margin
}

/// A line of the reply: the epoch, which is the same in each line, and a row, if there is any.
#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = BigInt)]
    epoch: i64,
    #[diesel(sql_type = Bool)]
    is_registered: bool,
    #[diesel(sql_type = Nullable<Text>)]
    id: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    heartbeat: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    acknowledged: Option<i64>,
}

/// Writes a report into its row, if there is one, and reads the epoch and every row.
pub(super) fn report(connection: &mut PgConnection, report: Option<Report>) -> QueryResult<Reply> {
    let lines: Vec<Line> = match report {
        Some(report) => sql("WITH own AS (
                UPDATE lease_servers SET heartbeat = ?, acknowledged = ? WHERE id = ?
                RETURNING CASE WHEN ? THEN pg_notify('cocore_reports', ?)::text END)
            SELECT e.value AS epoch, EXISTS (SELECT FROM own) AS is_registered,
                s.id, s.heartbeat, s.acknowledged
            FROM lease_epoch AS e LEFT JOIN lease_servers AS s ON true")
        .bind::<BigInt, _>(report.heartbeat.cast_signed())
        .bind::<BigInt, _>(report.acknowledged.cast_signed())
        .bind::<Text, _>(format!("{:032x}", report.id))
        .bind::<Bool, _>(report.notify)
        .bind::<Text, _>(&*ORIGIN)
        .load(connection)?,
        None => sql(
            "SELECT e.value AS epoch, false AS is_registered, s.id, s.heartbeat, s.acknowledged
            FROM lease_epoch AS e LEFT JOIN lease_servers AS s ON true",
        )
        .load(connection)?,
    };
    let first = lines.first();
    Ok(Reply {
        epoch: first.map_or(0, |line| line.epoch.unsigned_abs()),
        is_registered: first.is_some_and(|line| line.is_registered),
        rows: lines.iter().filter_map(Line::row).collect(),
    })
}

impl Line {
    fn row(&self) -> Option<PeerRow> {
        Some(PeerRow {
            id: NodeId::from_str_radix(self.id.as_deref()?, 16).ok()?,
            heartbeat: self.heartbeat?.unsigned_abs(),
            acknowledged: self.acknowledged?.unsigned_abs(),
        })
    }
}
