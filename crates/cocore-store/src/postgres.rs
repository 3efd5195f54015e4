//! What PostgreSQL needs of its own: how to connect to it, and how several servers agree on it, which
//! is the subject of `docs/several-nodes.md`.

mod changes;
mod connect;
mod keeper;
mod servers;

pub(crate) use changes::{begin_snapshot, lift_limits, purge as purge_changes, record, skip_epoch};
pub(crate) use connect::{connect, lock_migrations};
pub(crate) use keeper::Keeper;
pub(crate) use servers::{has_servers, wait_out_leases};

use cocore_keys::Use;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

/// Notes uses, unless later ones are noted already: never one before the key was made.
pub(crate) fn used(connection: &mut PgConnection, uses: &[Use]) -> QueryResult<()> {
    let ids: Vec<_> = uses.iter().map(|one| &one.id[..]).collect();
    let times: Vec<_> = uses.iter().map(|one| one.at.timestamp_millis()).collect();
    let query = "UPDATE api_keys AS k SET last_used_at = greatest(u.at, k.created_at)
        FROM unnest($1, $2) AS u (id, at)
        WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)";
    let noted = diesel::sql_query(query)
        .bind::<Array<Text>, _>(ids)
        .bind::<Array<BigInt>, _>(times)
        .execute(connection);
    noted.map(drop)
}
