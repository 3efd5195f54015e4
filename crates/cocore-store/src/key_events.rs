//! The table `key_events`: the audit trail.

use chrono::{DateTime, Utc};
use cocore_keys::{Event, EventCredential, EventKind, Origin, StoredEvent};
use diesel::dsl::count;
use diesel::prelude::*;

use crate::connection::{AnyConnection, MultiBackend};
use crate::schema::key_events;
use crate::time::{millis, time};

/// How many rows are removed at a time.
const PURGED_AT_ONCE: i64 = 1000;
/// Of how many accounts surplus events are removed at a time.
const ACCOUNTS_AT_ONCE: i64 = 100;

/// A row that is to be inserted.
#[derive(Insertable)]
#[diesel(table_name = key_events, treat_none_as_default_value = false)]
struct NewRow<'e> {
    at: i64,
    kind: &'static str,
    did: &'e str,
    key_id: &'e str,
    key_name: Option<&'e str>,
    credential: &'static str,
    by_key: Option<&'e str>,
    address: Option<&'e str>,
    user_agent: Option<&'e str>,
    request_id: Option<&'e str>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = key_events, check_for_backend(MultiBackend))]
struct Row {
    number: i64,
    at: i64,
    kind: String,
    did: String,
    key_id: String,
    key_name: Option<String>,
    credential: String,
    by_key: Option<String>,
    address: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
}

impl Row {
    /// A row that a later version has written is left out.
    fn event(self) -> Option<StoredEvent> {
        let event = Event {
            at: time(self.at),
            kind: EventKind::from_stored(&self.kind)?,
            did: self.did,
            key_id: self.key_id,
            key_name: self.key_name,
            credential: EventCredential::from_stored(&self.credential)?,
            by_key: self.by_key,
            origin: Origin {
                address: self.address,
                user_agent: self.user_agent,
                request_id: self.request_id,
            },
        };
        let number = self.number;
        Some(StoredEvent { number, event })
    }
}

impl<'e> From<&'e Event> for NewRow<'e> {
    fn from(event: &'e Event) -> Self {
        let origin = &event.origin;
        Self {
            at: millis(event.at),
            kind: event.kind.as_str(),
            did: &event.did,
            key_id: &event.key_id,
            key_name: event.key_name.as_deref(),
            credential: event.credential.as_str(),
            by_key: event.by_key.as_deref(),
            address: origin.address.as_deref(),
            user_agent: origin.user_agent.as_deref(),
            request_id: origin.request_id.as_deref(),
        }
    }
}

/// Inserts an event.
pub(crate) fn insert(connection: &mut AnyConnection, event: &Event) -> QueryResult<()> {
    let inserted = diesel::insert_into(key_events::table)
        .values(NewRow::from(event))
        .execute(connection);
    inserted.map(drop)
}

/// Inserts events, numbered in their order.
pub(crate) fn insert_all(connection: &mut AnyConnection, events: &[Event]) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(_) => events
            .iter()
            .try_for_each(|event| insert(connection, event)),
        // One round trip for all of them.
        AnyConnection::Postgres(connection) => crate::postgres::insert_events(connection, events),
    }
}

/// Returns the events of an account before a number, the newest first: those of one key, or of all.
pub(crate) fn list(
    connection: &mut AnyConnection,
    did: &str,
    key: Option<&str>,
    before: Option<i64>,
    limit: u16,
) -> QueryResult<Vec<StoredEvent>> {
    let before = before.unwrap_or(i64::MAX);
    let events = key_events::table
        .filter(key_events::did.eq(did))
        .filter(key_events::number.lt(before))
        .order(key_events::number.desc())
        .limit(limit.into())
        .select(Row::as_select());
    let rows: Vec<Row> = match key {
        None => events.load(connection)?,
        Some(key) => events.filter(key_events::key_id.eq(key)).load(connection)?,
    };
    Ok(rows.into_iter().filter_map(Row::event).collect())
}

/// Returns the events of all accounts before a number, the newest first: those of one key, or of all.
pub(crate) fn list_all(
    connection: &mut AnyConnection,
    key: Option<&str>,
    before: Option<i64>,
    limit: u16,
) -> QueryResult<Vec<StoredEvent>> {
    let events = key_events::table
        .filter(key_events::number.lt(before.unwrap_or(i64::MAX)))
        .order(key_events::number.desc())
        .limit(limit.into())
        .select(Row::as_select());
    let rows: Vec<Row> = match key {
        None => events.load(connection)?,
        Some(key) => events.filter(key_events::key_id.eq(key)).load(connection)?,
    };
    Ok(rows.into_iter().filter_map(Row::event).collect())
}

/// Deletes the events of a key.
pub(crate) fn delete(connection: &mut AnyConnection, key: &str) -> QueryResult<()> {
    let events = key_events::table.filter(key_events::key_id.eq(key));
    diesel::delete(events).execute(connection).map(drop)
}

/// Deletes events that are older than a time, and returns their number: the oldest first, a bounded number at a time.
pub(crate) fn purge(connection: &mut AnyConnection, before: DateTime<Utc>) -> QueryResult<usize> {
    // Numbers are in the order of time, but for clocks that were set back.
    let oldest: Vec<(i64, i64)> = key_events::table
        .order(key_events::number)
        .limit(PURGED_AT_ONCE)
        .select((key_events::number, key_events::at))
        .load(connection)?;
    let expired = oldest.iter().take_while(|(_, at)| *at < millis(before));
    let Some((last, _)) = expired.last() else {
        return Ok(0);
    };
    diesel::delete(key_events::table.filter(key_events::number.le(last))).execute(connection)
}

/// Returns accounts that have more events than this, a bounded number of them. It reads an index of all events.
pub(crate) fn crowded(connection: &mut AnyConnection, max: u32) -> QueryResult<Vec<String>> {
    key_events::table
        .group_by(key_events::did)
        .having(count(key_events::number).gt(i64::from(max)))
        .select(key_events::did)
        .limit(ACCOUNTS_AT_ONCE)
        .load(connection)
}

/// Deletes the events of an account past its newest ones, and returns their number: the oldest first, a bounded
/// number at a time.
pub(crate) fn purge_surplus(
    connection: &mut AnyConnection,
    did: &str,
    max: u32,
) -> QueryResult<usize> {
    let newest_surplus: Option<i64> = key_events::table
        .filter(key_events::did.eq(did))
        .order(key_events::number.desc())
        .offset(max.into())
        .select(key_events::number)
        .first(connection)
        .optional()?;
    let Some(newest) = newest_surplus else {
        return Ok(0);
    };
    let oldest: Vec<i64> = key_events::table
        .filter(key_events::did.eq(did))
        .filter(key_events::number.le(newest))
        .order(key_events::number)
        .limit(PURGED_AT_ONCE)
        .select(key_events::number)
        .load(connection)?;
    let removed = key_events::table
        .filter(key_events::did.eq(did))
        .filter(key_events::number.le(oldest.last().unwrap_or(&newest)));
    diesel::delete(removed).execute(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::empty;

    /// Other writes get their turn in between.
    #[test]
    fn surplus_events_are_removed_a_bounded_number_at_a_time() {
        let mut connection = empty();
        let event = |at| Event {
            at: time(at),
            kind: EventKind::Updated,
            did: "did:web:a.example".to_owned(),
            key_id: "k".to_owned(),
            key_name: None,
            credential: EventCredential::Session,
            by_key: None,
            origin: Origin::default(),
        };
        let events: Vec<_> = (0..2510).map(event).collect();
        insert_all(&mut connection, &events).unwrap();
        let mut purge = || purge_surplus(&mut connection, "did:web:a.example", 10).unwrap();
        assert_eq!([purge(), purge(), purge(), purge()], [1000, 1000, 500, 0]);
        let kept = list(&mut connection, "did:web:a.example", None, None, 20).unwrap();
        let kept: Vec<_> = kept.into_iter().map(|stored| stored.event).collect();
        assert!(kept.iter().eq(events[2500..].iter().rev()));
    }
}
