//! The table `key_answers`: encrypted answers to requests that may be repeated.

use chrono::{DateTime, Utc};
use cocore_keys::StoredAnswer;
use diesel::prelude::*;

use crate::connection::{AnyConnection, MultiBackend};
use crate::schema::{key_answers, keys};
use crate::time::{millis, time};

#[derive(Queryable, Selectable)]
#[diesel(table_name = key_answers, check_for_backend(MultiBackend))]
struct Row {
    body: Vec<u8>,
    sealed: Vec<u8>,
    key_id: String,
    expires_at: i64,
}

/// Returns the answer to a request, unless it is expired.
pub(crate) fn find(
    connection: &mut AnyConnection,
    request: &[u8; 32],
    now: DateTime<Utc>,
) -> QueryResult<Option<StoredAnswer>> {
    let row: Option<Row> = key_answers::table
        .filter(key_answers::request.eq(&request[..]))
        .filter(key_answers::expires_at.gt(millis(now)))
        .select(Row::as_select())
        .first(connection)
        .optional()?;
    Ok(row.and_then(|row| {
        Some(StoredAnswer {
            request: *request,
            body: row.body.try_into().ok()?,
            sealed: row.sealed,
            key_id: row.key_id,
            expires_at: time(row.expires_at),
        })
    }))
}

/// Stores an answer, and replaces one that is expired.
pub(crate) fn insert(connection: &mut AnyConnection, answer: &StoredAnswer) -> QueryResult<()> {
    let expired = key_answers::table.filter(key_answers::request.eq(&answer.request[..]));
    diesel::delete(expired).execute(connection)?;
    let row = (
        key_answers::request.eq(&answer.request[..]),
        key_answers::body.eq(&answer.body[..]),
        key_answers::sealed.eq(&answer.sealed),
        key_answers::key_id.eq(&answer.key_id),
        key_answers::expires_at.eq(millis(answer.expires_at)),
    );
    diesel::insert_into(key_answers::table)
        .values(row)
        .execute(connection)
        .map(drop)
}

/// Deletes the answers that contain the secret of a key.
pub(crate) fn delete(connection: &mut AnyConnection, key: &str) -> QueryResult<()> {
    let answers = key_answers::table.filter(key_answers::key_id.eq(key));
    diesel::delete(answers).execute(connection).map(drop)
}

/// Deletes the answers that contain the secrets of revoked keys of an account.
pub(crate) fn delete_revoked(connection: &mut AnyConnection, did: &str) -> QueryResult<()> {
    let revoked = keys::table
        .filter(keys::did.eq(did))
        .filter(keys::revoked_at.is_not_null())
        .select(keys::id);
    let answers = key_answers::table.filter(key_answers::key_id.eq_any(revoked));
    diesel::delete(answers).execute(connection).map(drop)
}

/// Deletes expired answers, and returns their number.
pub(crate) fn purge(connection: &mut AnyConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let expired = key_answers::table.filter(key_answers::expires_at.le(millis(now)));
    diesel::delete(expired).execute(connection)
}
