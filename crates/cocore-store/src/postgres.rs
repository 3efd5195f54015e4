//! PostgreSQL: connections, statements for many rows, and the lease protocol of several servers, which
//! `docs/several-nodes.md` describes.

mod changes;
mod connect;
mod connection;
mod coordinator_state;
mod lease_coordinator;
mod servers;
mod sessions;
mod sql;
mod tls;
mod url;

pub(crate) use changes::{
    begin_alone, epoch, lift_limits, purge as purge_changes, record, skip_epoch,
};
pub(crate) use connect::{connect, lock_migrations, may_create};
pub(crate) use connection::PgConnection;
pub(crate) use lease_coordinator::LeaseCoordinator;
pub use servers::ServersFound;
pub(crate) use servers::{has_servers, servers_found, wait_out_leases};
pub(crate) use sessions::check_session;
pub use url::PostgresUrl;

use cocore_keys::{KeyUse, NewKey};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};

use sql::sql;

/// Inserts keys with one statement.
pub(crate) fn insert<'k>(
    connection: &mut PgConnection,
    new: impl IntoIterator<Item = &'k NewKey>,
) -> QueryResult<()> {
    let new: Vec<_> = new.into_iter().collect();
    if new.is_empty() {
        return Ok(());
    }
    let text =
        |value: fn(&'k NewKey) -> &'k str| new.iter().map(|new| value(new)).collect::<Vec<_>>();
    let active = || new.iter().map(|new| &new.active);
    let ids: Vec<_> = active().map(|key| key.id.to_string()).collect();
    let hashes: Vec<_> = active().map(|key| &key.digest.as_bytes()[..]).collect();
    let created = active().map(|key| key.created_at.timestamp_millis());
    let expires = active().map(|key| key.expires_at.map(|at| at.timestamp_millis()));
    let inserted = sql(
        "INSERT INTO api_keys (id, did, name, prefix, hash, created_at, expires_at)
        SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?)",
    )
    .bind::<Array<Text>, _>(ids)
    .bind::<Array<Text>, _>(text(|new| new.active.did.as_str()))
    .bind::<Array<Text>, _>(text(|new| new.name.as_str()))
    .bind::<Array<Text>, _>(text(|new| &new.prefix))
    .bind::<Array<Binary>, _>(hashes)
    .bind::<Array<BigInt>, _>(created.collect::<Vec<_>>())
    .bind::<Array<Nullable<BigInt>>, _>(expires.collect::<Vec<_>>())
    .execute(connection);
    inserted.map(drop)
}

/// Records uses with one statement, except where a later one is recorded. None is before the key's
/// creation.
pub(crate) fn record_uses(connection: &mut PgConnection, uses: &[KeyUse]) -> QueryResult<()> {
    let ids: Vec<_> = uses.iter().map(|one| one.id.to_string()).collect();
    let times: Vec<_> = uses.iter().map(|one| one.at.timestamp_millis()).collect();
    let query = "UPDATE api_keys AS k SET last_used_at = greatest(u.at, k.created_at)
        FROM unnest(?, ?) AS u (id, at)
        WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)";
    let recorded = sql(query)
        .bind::<Array<Text>, _>(ids)
        .bind::<Array<BigInt>, _>(times)
        .execute(connection);
    recorded.map(drop)
}
