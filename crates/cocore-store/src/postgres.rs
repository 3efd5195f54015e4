//! What PostgreSQL needs of its own: how to connect to it, and how several servers agree on it, which
//! is the subject of `docs/several-nodes.md`.

mod changes;
mod connect;
mod lease_coordinator;
mod servers;
mod sql;
mod url;

pub(crate) use changes::{
    begin_alone, epoch, lift_limits, purge as purge_changes, record, skip_epoch,
};
pub(crate) use connect::{connect, lock_migrations};
pub(crate) use lease_coordinator::LeaseCoordinator;
pub(crate) use servers::{has_servers, wait_out_leases};
pub use url::PostgresUrl;

use cocore_keys::{NewKey, Use};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};

use sql::sql;

/// Inserts keys.
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
    let hashes: Vec<_> = new.iter().map(|new| &new.digest.as_bytes()[..]).collect();
    let created = new.iter().map(|new| new.key.created_at.timestamp_millis());
    let expires = new.iter().map(|new| new.key.expires_at);
    let expires = expires.map(|at| at.map(|at| at.timestamp_millis()));
    let inserted = sql(
        "INSERT INTO api_keys (id, did, name, prefix, hash, created_at, expires_at)
        SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?)",
    )
    .bind::<Array<Text>, _>(text(|new| &new.key.id))
    .bind::<Array<Text>, _>(text(|new| &new.key.did))
    .bind::<Array<Text>, _>(text(|new| &new.key.name))
    .bind::<Array<Text>, _>(text(|new| &new.key.prefix))
    .bind::<Array<Binary>, _>(hashes)
    .bind::<Array<BigInt>, _>(created.collect::<Vec<_>>())
    .bind::<Array<Nullable<BigInt>>, _>(expires.collect::<Vec<_>>())
    .execute(connection);
    inserted.map(drop)
}

/// Notes uses, unless later ones are noted already: never one before the key was made.
pub(crate) fn used(connection: &mut PgConnection, uses: &[Use]) -> QueryResult<()> {
    let ids: Vec<_> = uses.iter().map(|one| &one.id[..]).collect();
    let times: Vec<_> = uses.iter().map(|one| one.at.timestamp_millis()).collect();
    let query = "UPDATE api_keys AS k SET last_used_at = greatest(u.at, k.created_at)
        FROM unnest(?, ?) AS u (id, at)
        WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)";
    let noted = sql(query)
        .bind::<Array<Text>, _>(ids)
        .bind::<Array<BigInt>, _>(times)
        .execute(connection);
    noted.map(drop)
}
