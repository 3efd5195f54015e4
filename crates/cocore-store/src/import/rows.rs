//! The statements of an import. On PostgreSQL, each is one round trip for all keys.

use std::collections::{HashMap, HashSet};

use cocore_keys::{Digest, KeyId};
use diesel::prelude::*;

use super::plan::{Existing, Found, ImportedKey};
use crate::connection::AnyConnection;
use crate::keys::digest;
use crate::schema::{key_events, keys};
use crate::time::millis;

/// A row that is to be inserted.
#[derive(Insertable)]
#[diesel(table_name = keys, treat_none_as_default_value = false)]
struct NewRow<'k> {
    id: &'k str,
    did: &'k str,
    name: &'k str,
    prefix: &'k str,
    hash: &'k [u8],
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

type FoundRow = (String, String, Vec<u8>, Option<i64>);

/// Returns what the database has of some keys.
pub(super) fn find(connection: &mut AnyConnection, wanted: &[ImportedKey]) -> QueryResult<Found> {
    let hashes = wanted.iter().map(|key| &key.digest.as_bytes()[..]);
    let hashes: Vec<_> = hashes.collect();
    let ids = wanted.iter().flat_map(|key| {
        let derived = Some(KeyId::of_digest(&key.digest));
        [key.id, derived].into_iter().flatten()
    });
    let ids: Vec<_> = ids.map(|id| id.to_string()).collect();
    /// The queries for a kind of database.
    macro_rules! queries {
        ($connection:ident) => {{
            let rows: Vec<FoundRow> = keys::table
                .filter(keys::hash.eq_any(&hashes))
                .select((keys::id, keys::did, keys::hash, keys::revoked_at))
                .load($connection)?;
            let taken: Vec<String> = keys::table
                .filter(keys::id.eq_any(&ids))
                .select(keys::id)
                .load($connection)?;
            let recorded: Vec<(String, String)> = key_events::table
                .filter(key_events::key_id.eq_any(&ids))
                .select((key_events::key_id, key_events::did))
                .load($connection)?;
            (rows, taken, recorded)
        }};
    }
    let (rows, taken, recorded) = match connection {
        AnyConnection::Sqlite(connection) => queries!(connection),
        AnyConnection::Postgres(connection) => queries!(connection),
    };
    let mut by_digest: HashMap<Digest, Existing> = HashMap::with_capacity(wanted.len());
    for (id, did, hash, revoked_at) in rows {
        let is_revoked = revoked_at.is_some();
        let existing = Existing {
            id,
            did,
            is_revoked,
        };
        by_digest.insert(digest(&hash)?, existing);
    }
    Ok(Found {
        by_digest,
        ids: HashSet::from_iter(taken),
        recorded: HashSet::from_iter(recorded),
    })
}

/// Inserts keys, each with its id.
pub(super) fn insert(
    connection: &mut AnyConnection,
    new: &[(&str, &ImportedKey)],
) -> QueryResult<()> {
    let rows = new.iter().map(|(id, key)| NewRow {
        id,
        did: key.did.as_str(),
        name: key.name.as_str(),
        prefix: &key.prefix,
        hash: key.digest.as_bytes(),
        created_at: millis(key.created_at),
        expires_at: key.expires_at.map(millis),
        revoked_at: key.revoked_at.map(millis),
        last_used_at: key.last_used_at.map(millis),
    });
    match connection {
        // A statement that is prepared once.
        AnyConnection::Sqlite(connection) => rows.into_iter().try_for_each(|row| {
            let inserted = diesel::insert_into(keys::table)
                .values(row)
                .execute(connection);
            inserted.map(drop)
        }),
        AnyConnection::Postgres(connection) => {
            let inserted = diesel::insert_into(keys::table)
                .values(rows.collect::<Vec<_>>())
                .execute(connection);
            inserted.map(drop)
        }
    }
}
