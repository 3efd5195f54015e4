//! The table `keys`: its rows, and the queries on it but for a cascade's.

use chrono::{DateTime, Utc};
use cocore_keys::{
    Access, ActiveKey, Digest, Key, KeyCounts, KeyNote, KeyUse, Models, NewKey, StoredKey,
};
use diesel::connection::DefaultLoadingMode;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::dsl::{count, count_star};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable};
use diesel::sqlite::{Sqlite, SqliteValue};

use crate::active_row::{ActiveRow, RowParser};
use crate::connection::{AnyConnection, MultiBackend};
use crate::schema::keys;
use crate::time::time;

/// What a list shows of a row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = keys, check_for_backend(MultiBackend))]
pub(crate) struct ListedRow {
    id: String,
    did: String,
    name: String,
    prefix: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
    scopes: Option<String>,
    models: Option<String>,
    note: Option<String>,
    parent: Option<String>,
    replaces: Option<String>,
    replaced_by: Option<String>,
}

/// Whether a key is not expired at a time, in milliseconds.
macro_rules! is_ahead {
    ($now:expr) => {
        keys::expires_at
            .is_null()
            .or(keys::expires_at.assume_not_null().gt($now).nullable())
            .assume_not_null()
    };
}
pub(crate) use is_ahead;

/// A row that is to be inserted.
#[derive(Insertable)]
#[diesel(table_name = keys)]
struct NewRow<'k> {
    id: &'k str,
    did: &'k str,
    name: &'k str,
    prefix: &'k str,
    hash: &'k [u8],
    created_at: i64,
    expires_at: Option<i64>,
    scopes: Option<String>,
    models: Option<String>,
    note: Option<&'k str>,
    parent: Option<&'k str>,
    replaces: Option<&'k str>,
}

/// The column `hash`. The table accepts only 32 bytes.
#[derive(FromSqlRow)]
pub(crate) struct Hash(Digest);

impl FromSql<Binary, Sqlite> for Hash {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(Digest::from_bytes(value.read_blob().try_into()?)))
    }
}

impl FromSql<Binary, diesel::pg::Pg> for Hash {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Digest::from_bytes(value.as_bytes().try_into()?)))
    }
}

impl From<ListedRow> for Key {
    fn from(row: ListedRow) -> Self {
        Self {
            id: row.id,
            did: row.did,
            name: row.name,
            prefix: row.prefix,
            created_at: time(row.created_at),
            expires_at: row.expires_at.map(time),
            revoked_at: row.revoked_at.map(time),
            last_used_at: row.last_used_at.map(time),
            access: Access::from_stored(row.scopes.as_deref(), row.models.as_deref()),
            note: row.note,
            parent: row.parent,
            replaces: row.replaces,
            replaced_by: row.replaced_by,
        }
    }
}

pub(crate) fn any(connection: &mut AnyConnection) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(keys::table.select(keys::id))).get_result(connection)
}

/// Returns the key with a digest, unless it was revoked. A row that is not a valid key is reported in the
/// log, and not returned.
pub(crate) fn by_digest(
    connection: &mut AnyConnection,
    digest: Digest,
) -> QueryResult<Option<ActiveKey>> {
    let row: Option<ActiveRow> = keys::table
        .filter(keys::hash.eq(&digest.as_bytes()[..]))
        .filter(keys::revoked_at.is_null())
        .select(ActiveRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.and_then(|row| RowParser::default().parse(row, digest)))
}

/// Inserts a key.
pub(crate) fn insert(connection: &mut AnyConnection, new: &NewKey) -> QueryResult<()> {
    let row = NewRow {
        id: &new.active.id.to_string(),
        did: new.active.did.as_str(),
        name: new.name.as_str(),
        prefix: &new.prefix,
        hash: new.active.digest.as_bytes(),
        created_at: new.active.created_at.timestamp_millis(),
        expires_at: new.active.expires_at.map(|at| at.timestamp_millis()),
        scopes: scopes_text(&new.active.access),
        models: models_text(&new.active.access),
        note: new.note.as_ref().map(KeyNote::as_str),
        parent: new.lineage.parent.as_deref(),
        replaces: new.lineage.replaces.as_deref(),
    };
    let inserted = diesel::insert_into(keys::table)
        .values(row)
        .execute(connection);
    inserted.map(drop)
}

/// Returns the column `scopes` of what a key may do.
pub(crate) fn scopes_text(access: &Access) -> Option<String> {
    access.scopes().map(ToString::to_string)
}

/// Returns the column `models` of what a key may do.
pub(crate) fn models_text(access: &Access) -> Option<String> {
    access.models().map(Models::to_stored)
}

/// Returns a key of an account.
pub(crate) fn find(
    connection: &mut AnyConnection,
    did: &str,
    id: &str,
) -> QueryResult<Option<StoredKey>> {
    let key = keys::table
        .filter(keys::id.eq(id))
        .filter(keys::did.eq(did));
    let row: Option<(ListedRow, Hash)> = match connection {
        AnyConnection::Sqlite(connection) => key
            .select((ListedRow::as_select(), keys::hash))
            .first(connection)
            .optional()?,
        AnyConnection::Postgres(connection) => key
            .select((ListedRow::as_select(), keys::hash))
            .first(connection)
            .optional()?,
    };
    Ok(row.map(stored_key))
}

/// Returns the key with a digest, whatever its state.
pub(crate) fn find_by_digest(
    connection: &mut AnyConnection,
    digest: Digest,
) -> QueryResult<Option<StoredKey>> {
    let row: Option<ListedRow> = keys::table
        .filter(keys::hash.eq(&digest.as_bytes()[..]))
        .select(ListedRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(|row| stored_key((row, Hash(digest)))))
}

/// Writes what may change of a key.
pub(crate) fn update(connection: &mut AnyConnection, key: &Key) -> QueryResult<()> {
    let row = keys::table
        .filter(keys::id.eq(&key.id))
        .filter(keys::did.eq(&key.did));
    let values = (
        keys::name.eq(&key.name),
        keys::note.eq(&key.note),
        keys::scopes.eq(scopes_text(&key.access)),
        keys::expires_at.eq(key.expires_at.map(|at| at.timestamp_millis())),
        keys::replaced_by.eq(&key.replaced_by),
    );
    let updated = diesel::update(row).set(values).execute(connection);
    updated.map(drop)
}

/// Returns how many keys an account has at a time.
pub(crate) fn counts(
    connection: &mut AnyConnection,
    did: &str,
    now: DateTime<Utc>,
) -> QueryResult<KeyCounts> {
    let active = keys::revoked_at
        .is_null()
        .and(is_ahead!(now.timestamp_millis()));
    let counts = keys::table.filter(keys::did.eq(did)).select((
        count_star(),
        count(keys::id).aggregate_filter(active),
        count(keys::id).aggregate_filter(active.and(keys::replaced_by.is_not_null())),
    ));
    let counts: (i64, i64, i64) = match connection {
        AnyConnection::Sqlite(connection) => counts.get_result(connection)?,
        AnyConnection::Postgres(connection) => counts.get_result(connection)?,
    };
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    let (all, active, replaced) = counts;
    Ok(KeyCounts {
        active: number(active - replaced),
        replaced: number(replaced),
        all: number(all),
    })
}

/// Returns the oldest key of an account that is expired or revoked at a time.
pub(crate) fn oldest_ended(
    connection: &mut AnyConnection,
    did: &str,
    now: DateTime<Utc>,
) -> QueryResult<Option<String>> {
    let ended = keys::revoked_at
        .is_not_null()
        .or(diesel::dsl::not(is_ahead!(now.timestamp_millis())));
    keys::table
        .filter(keys::did.eq(did))
        .filter(ended)
        .order((keys::created_at, keys::id))
        .select(keys::id)
        .first(connection)
        .optional()
}

/// Deletes a key of an account, and returns its digest.
pub(crate) fn delete(
    connection: &mut AnyConnection,
    did: &str,
    id: &str,
) -> QueryResult<Option<Digest>> {
    let key = keys::table
        .filter(keys::id.eq(id))
        .filter(keys::did.eq(did));
    let deleted = diesel::delete(key)
        .returning(keys::hash)
        .get_result::<Vec<u8>>(connection)
        .optional()?;
    deleted.as_deref().map(digest).transpose()
}

/// Returns the first keys of an account, the newest first.
pub(crate) fn list(
    connection: &mut AnyConnection,
    did: &str,
    limit: usize,
) -> QueryResult<Vec<StoredKey>> {
    let keys = keys::table.filter(keys::did.eq(did)).order(newest_first());
    // On a connection of one kind, the statement is prepared once.
    match connection {
        // SQLite would parse a statement with a bound LIMIT again for each value that is bound to it.
        AnyConnection::Sqlite(connection) => keys
            .select((ListedRow::as_select(), keys::hash))
            .load_iter::<_, DefaultLoadingMode>(connection)?
            .take(limit)
            .map(|row| row.map(stored_key))
            .collect(),
        AnyConnection::Postgres(connection) => keys
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .select((ListedRow::as_select(), keys::hash))
            .load_iter::<_, DefaultLoadingMode>(connection)?
            .map(|row| row.map(stored_key))
            .collect(),
    }
}

pub(crate) fn stored_key((row, Hash(digest)): (ListedRow, Hash)) -> StoredKey {
    StoredKey {
        key: row.into(),
        digest,
    }
}

/// Reads every key that is not revoked and does not expire by `now`, one after the other. A row that is
/// not a valid key is reported in the log, and skipped.
pub(crate) fn load(
    connection: &mut AnyConnection,
    now: DateTime<Utc>,
    mut each: impl FnMut(ActiveKey),
) -> QueryResult<()> {
    let live = keys::table
        .filter(keys::revoked_at.is_null())
        .filter(is_ahead!(now.timestamp_millis()));
    let mut parser = RowParser::default();
    let mut each = |row: QueryResult<(ActiveRow, Hash)>| {
        let (row, Hash(digest)) = row?;
        parser.parse(row, digest).into_iter().for_each(&mut each);
        Ok(())
    };
    // Neither kind holds more than a few rows at a time.
    match connection {
        AnyConnection::Sqlite(connection) => live
            .select((ActiveRow::as_select(), keys::hash))
            .load_iter::<_, DefaultLoadingMode>(connection)?
            .try_for_each(&mut each),
        AnyConnection::Postgres(connection) => live
            .select((ActiveRow::as_select(), keys::hash))
            .load_iter::<_, DefaultLoadingMode>(connection)?
            .try_for_each(&mut each),
    }
}

/// Parses the column `hash`.
pub(crate) fn digest(hash: &[u8]) -> QueryResult<Digest> {
    let bytes = hash.try_into().map_err(|error| {
        diesel::result::Error::DeserializationError(Box::<std::array::TryFromSliceError>::new(
            error,
        ))
    })?;
    Ok(Digest::from_bytes(bytes))
}

/// The order of the index.
#[diesel::dsl::auto_type]
pub(crate) fn newest_first() -> _ {
    (keys::created_at.desc(), keys::id.desc())
}

/// Records uses, except where a later one is recorded. None is before the key's creation.
pub(crate) fn record_uses(connection: &mut AnyConnection, uses: &[KeyUse]) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(_) => uses.iter().try_for_each(|one| record_use(connection, one)),
        // One round trip for all of them.
        AnyConnection::Postgres(connection) => crate::postgres::record_uses(connection, uses),
    }
}

fn record_use(connection: &mut AnyConnection, KeyUse { id, at }: &KeyUse) -> QueryResult<()> {
    let at = at.timestamp_millis();
    let earlier = keys::last_used_at.is_null().or(keys::last_used_at.lt(at));
    let since_creation =
        diesel::dsl::case_when(keys::created_at.gt(at), keys::created_at.nullable())
            .otherwise(at.into_sql::<Nullable<BigInt>>());
    let key = keys::table
        .filter(keys::id.eq(id.to_string()))
        .filter(earlier.assume_not_null());
    let recorded = diesel::update(key)
        .set(keys::last_used_at.eq(since_creation))
        .execute(connection);
    recorded.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::plan;

    /// Row 37 of the list of attacks.
    #[test]
    fn the_list_is_read_from_its_index() {
        let list = keys::table
            .filter(keys::did.eq("x"))
            .order(newest_first())
            .select(keys::hash);
        let plan = plan(&diesel::debug_query::<Sqlite, _>(&list).to_string());
        // One line: nothing is sorted.
        assert_eq!(plan, ["SEARCH keys USING INDEX keys_by_account (did=?)"]);
    }
}
