//! Many keys that are created at once, with one statement.

use cocore_keys::{Creation, KeyNote};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};

use super::connection::PgConnection;
use super::sql::sql;
use crate::keys::{models_text, scopes_text};

/// Inserts keys with their lineage and their events, except those whose creator is not as it was. None of them
/// replaces another key.
const INSERT: &str = "WITH new AS (SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        AS n (id, did, name, prefix, hash, created_at, expires_at, scopes, models, note, parent,
            creator, creator_scopes, creator_models, creator_expires_at,
            credential, address, user_agent, request_id)),
    inserted AS (
        INSERT INTO keys (id, did, name, prefix, hash, created_at, expires_at, scopes, models, note, parent)
        SELECT id, did, name, prefix, hash, created_at, expires_at, scopes, models, note, parent FROM new
        WHERE creator IS NULL OR EXISTS (
            SELECT FROM keys AS k WHERE k.id = new.creator AND k.did = new.did AND k.revoked_at IS NULL
            AND (k.expires_at IS NULL OR k.expires_at > new.created_at)
            AND k.expires_at IS NOT DISTINCT FROM new.creator_expires_at
            AND k.scopes IS NOT DISTINCT FROM new.creator_scopes
            AND k.models IS NOT DISTINCT FROM new.creator_models)
        RETURNING id),
    descent AS (INSERT INTO key_lineage (did, ancestor, descendant)
        SELECT did, parent, id FROM new JOIN inserted USING (id) WHERE parent IS NOT NULL),
    events AS (
        INSERT INTO key_events (at, kind, did, key_id, key_name, credential, by_key, address, user_agent, request_id)
        SELECT created_at, 'created', did, id, name, credential, creator, address, user_agent, request_id
        FROM new JOIN inserted USING (id))
    SELECT count(*) AS inserted FROM inserted";

#[derive(QueryableByName)]
struct Inserted {
    #[diesel(sql_type = BigInt)]
    inserted: i64,
}

/// Inserts keys. Returns false if the creator of one of them is not as it was; then not all are inserted.
pub(crate) fn insert<'c>(
    connection: &mut PgConnection,
    creations: impl IntoIterator<Item = &'c Creation>,
) -> QueryResult<bool> {
    let new: Vec<_> = creations.into_iter().collect();
    if new.is_empty() {
        return Ok(true);
    }
    let texts = |value: fn(&'c Creation) -> &'c str| column(&new, value);
    let optional = |value: fn(&'c Creation) -> Option<&'c str>| column(&new, value);
    let written = |value: fn(&Creation) -> Option<String>| column(&new, value);
    let inserted: Inserted = sql(INSERT)
        .bind::<Array<Text>, _>(column(&new, |new| new.key.active.id.to_string()))
        .bind::<Array<Text>, _>(texts(|new| new.key.active.did.as_str()))
        .bind::<Array<Text>, _>(texts(|new| new.key.name.as_str()))
        .bind::<Array<Text>, _>(texts(|new| &new.key.prefix))
        .bind::<Array<Binary>, _>(column(&new, |new| &new.key.active.digest.as_bytes()[..]))
        .bind::<Array<BigInt>, _>(column(&new, |new| {
            new.key.active.created_at.timestamp_millis()
        }))
        .bind::<Array<Nullable<BigInt>>, _>(column(&new, |new| {
            new.key.active.expires_at.map(|at| at.timestamp_millis())
        }))
        .bind::<Array<Nullable<Text>>, _>(written(|new| scopes_text(&new.key.active.access)))
        .bind::<Array<Nullable<Text>>, _>(written(|new| models_text(&new.key.active.access)))
        .bind::<Array<Nullable<Text>>, _>(optional(|new| {
            new.key.note.as_ref().map(KeyNote::as_str)
        }))
        .bind::<Array<Nullable<Text>>, _>(optional(|new| new.key.lineage.parent.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(written(|new| Some(new.creator.as_ref()?.id.to_string())))
        .bind::<Array<Nullable<Text>>, _>(written(|new| {
            scopes_text(&new.creator.as_ref()?.grant.access)
        }))
        .bind::<Array<Nullable<Text>>, _>(written(|new| {
            models_text(&new.creator.as_ref()?.grant.access)
        }))
        .bind::<Array<Nullable<BigInt>>, _>(column(&new, |new| {
            let grant = &new.creator.as_ref()?.grant;
            grant.expires_at.map(|at| at.timestamp_millis())
        }))
        .bind::<Array<Text>, _>(texts(|new| new.event.credential.as_str()))
        .bind::<Array<Nullable<Text>>, _>(optional(|new| new.event.origin.address.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(optional(|new| new.event.origin.user_agent.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(optional(|new| new.event.origin.request_id.as_deref()))
        .get_result(connection)?;
    Ok(usize::try_from(inserted.inserted).is_ok_and(|inserted| inserted == new.len()))
}

/// Returns one value of each key.
fn column<'c, T>(new: &[&'c Creation], value: impl Fn(&'c Creation) -> T) -> Vec<T> {
    new.iter().map(|new| value(new)).collect()
}
