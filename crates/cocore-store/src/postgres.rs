//! PostgreSQL: connections, statements for many rows, and the lease protocol of several servers, which
//! `docs/several-nodes.md` describes.

mod changes;
mod connect;
mod connection;
mod coordinator_state;
mod creations;
mod events;
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
pub(crate) use creations::insert;
pub(crate) use events::insert_events;
pub(crate) use lease_coordinator::LeaseCoordinator;
pub use servers::ServersFound;
pub(crate) use servers::{has_servers, servers_found, wait_out_leases};
pub(crate) use sessions::check_session;
pub use url::PostgresUrl;

use cocore_keys::KeyUse;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use sql::sql;

/// Records uses with one statement, except where a later one is recorded. None is before the key's
/// creation.
pub(crate) fn record_uses(connection: &mut PgConnection, uses: &[KeyUse]) -> QueryResult<()> {
    let ids: Vec<_> = uses.iter().map(|one| one.id.to_string()).collect();
    let times: Vec<_> = uses.iter().map(|one| one.at.timestamp_millis()).collect();
    let query = "UPDATE keys AS k SET last_used_at = greatest(u.at, k.created_at)
        FROM unnest(?, ?) AS u (id, at)
        WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)";
    let recorded = sql(query)
        .bind::<Array<Text>, _>(ids)
        .bind::<Array<BigInt>, _>(times)
        .execute(connection);
    recorded.map(drop)
}
