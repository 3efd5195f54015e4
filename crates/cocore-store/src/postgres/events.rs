//! Many events that are recorded at once, with one statement.

use cocore_keys::Event;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};

use super::connection::PgConnection;
use super::sql::sql;

/// Inserts events, numbered in their order.
const INSERT: &str = "INSERT INTO key_events
        (at, kind, did, key_id, key_name, credential, by_key, address, user_agent, request_id)
    SELECT at, kind, did, key_id, key_name, credential, by_key, address, user_agent, request_id
    FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WITH ORDINALITY
        AS n (at, kind, did, key_id, key_name, credential, by_key, address, user_agent, request_id, nth)
    ORDER BY nth";

/// Inserts events.
pub(crate) fn insert_events(connection: &mut PgConnection, events: &[Event]) -> QueryResult<()> {
    let texts = |value: fn(&Event) -> &str| column(events, value);
    let optional = |value: fn(&Event) -> Option<&str>| column(events, value);
    let inserted = sql(INSERT)
        .bind::<Array<BigInt>, _>(column(events, |event| event.at.timestamp_millis()))
        .bind::<Array<Text>, _>(texts(|event| event.kind.as_str()))
        .bind::<Array<Text>, _>(texts(|event| &event.did))
        .bind::<Array<Text>, _>(texts(|event| &event.key_id))
        .bind::<Array<Nullable<Text>>, _>(optional(|event| event.key_name.as_deref()))
        .bind::<Array<Text>, _>(texts(|event| event.credential.as_str()))
        .bind::<Array<Nullable<Text>>, _>(optional(|event| event.by_key.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(optional(|event| event.origin.address.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(optional(|event| event.origin.user_agent.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(optional(|event| event.origin.request_id.as_deref()))
        .execute(connection);
    inserted.map(drop)
}

/// Returns one value of each event.
fn column<'e, T>(events: &'e [Event], value: impl Fn(&'e Event) -> T) -> Vec<T> {
    events.iter().map(value).collect()
}
