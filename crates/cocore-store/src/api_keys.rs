//! The table `api_keys`: its rows, and every query on it.

use chrono::{DateTime, Utc};
use cocore_keys::{ActiveKey, Digest, Key, KeyUse, NewKey, StoredKey};
use diesel::connection::DefaultLoadingMode;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable};
use diesel::sqlite::{Sqlite, SqliteValue};

use crate::active_row::{ActiveRow, RowParser};
use crate::connection::{AnyConnection, MultiBackend};
use crate::schema::api_keys;
use crate::time::time;

/// What a list shows of a row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = api_keys, check_for_backend(MultiBackend))]
struct ListedRow {
    id: String,
    did: String,
    name: String,
    prefix: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

/// A row that is to be inserted.
#[derive(Insertable)]
#[diesel(table_name = api_keys)]
struct NewRow<'k> {
    id: &'k str,
    did: &'k str,
    name: &'k str,
    prefix: &'k str,
    hash: &'k [u8],
    created_at: i64,
    expires_at: Option<i64>,
}

/// The column `hash`. The table accepts only 32 bytes.
#[derive(FromSqlRow)]
struct Hash(Digest);

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
        }
    }
}

pub(crate) fn any(connection: &mut AnyConnection) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(api_keys::table.select(api_keys::id))).get_result(connection)
}

/// Returns the key with a digest, unless it was revoked. A row that is not a valid key is reported in the
/// log, and not returned.
pub(crate) fn by_digest(
    connection: &mut AnyConnection,
    digest: Digest,
) -> QueryResult<Option<ActiveKey>> {
    let row: Option<ActiveRow> = api_keys::table
        .filter(api_keys::hash.eq(&digest.as_bytes()[..]))
        .filter(api_keys::revoked_at.is_null())
        .select(ActiveRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.and_then(|row| RowParser::default().parse(row, digest)))
}

pub(crate) fn insert<'k>(
    connection: &mut AnyConnection,
    new: impl IntoIterator<Item = &'k NewKey>,
) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(_) => new
            .into_iter()
            .try_for_each(|new| insert_one(connection, new)),
        // One round trip for all of them.
        AnyConnection::Postgres(connection) => crate::postgres::insert(connection, new),
    }
}

fn insert_one(connection: &mut AnyConnection, new: &NewKey) -> QueryResult<()> {
    let row = NewRow {
        id: &new.active.id.to_string(),
        did: new.active.did.as_str(),
        name: new.name.as_str(),
        prefix: &new.prefix,
        hash: new.active.digest.as_bytes(),
        created_at: new.active.created_at.timestamp_millis(),
        expires_at: new.active.expires_at.map(|at| at.timestamp_millis()),
    };
    let inserted = diesel::insert_into(api_keys::table)
        .values(row)
        .execute(connection);
    inserted.map(drop)
}

/// Deletes a key of an account, and returns its digest.
pub(crate) fn delete(
    connection: &mut AnyConnection,
    did: &str,
    id: &str,
) -> QueryResult<Option<Digest>> {
    let key = api_keys::table
        .filter(api_keys::id.eq(id))
        .filter(api_keys::did.eq(did));
    let deleted = diesel::delete(key)
        .returning(api_keys::hash)
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
    let keys = api_keys::table
        .filter(api_keys::did.eq(did))
        .order(newest_first());
    // On a connection of one kind, the statement is prepared once.
    match connection {
        // SQLite would parse a statement with a bound LIMIT again for each value that is bound to it.
        AnyConnection::Sqlite(connection) => keys
            .select((ListedRow::as_select(), api_keys::hash))
            .load_iter::<_, DefaultLoadingMode>(connection)?
            .take(limit)
            .map(|row| row.map(stored_key))
            .collect(),
        AnyConnection::Postgres(connection) => keys
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .select((ListedRow::as_select(), api_keys::hash))
            .load_iter::<_, DefaultLoadingMode>(connection)?
            .map(|row| row.map(stored_key))
            .collect(),
    }
}

/// Returns the first keys of all accounts whose ids come after this one, by id.
pub(crate) fn page(
    connection: &mut AnyConnection,
    after: &str,
    limit: u16,
) -> QueryResult<Vec<StoredKey>> {
    let keys = api_keys::table
        .filter(api_keys::id.gt(after))
        .order(api_keys::id)
        .limit(limit.into());
    let rows: Vec<(ListedRow, Hash)> = match connection {
        AnyConnection::Sqlite(connection) => keys
            .select((ListedRow::as_select(), api_keys::hash))
            .load(connection)?,
        AnyConnection::Postgres(connection) => keys
            .select((ListedRow::as_select(), api_keys::hash))
            .load(connection)?,
    };
    Ok(rows.into_iter().map(stored_key).collect())
}

fn stored_key((row, Hash(digest)): (ListedRow, Hash)) -> StoredKey {
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
    let now = now.timestamp_millis();
    let ahead = api_keys::expires_at
        .is_null()
        .or(api_keys::expires_at.assume_not_null().gt(now).nullable());
    let live = api_keys::table
        .filter(api_keys::revoked_at.is_null())
        .filter(ahead.assume_not_null());
    let mut parser = RowParser::default();
    let mut each = |row: QueryResult<(ActiveRow, Hash)>| {
        let (row, Hash(digest)) = row?;
        parser.parse(row, digest).into_iter().for_each(&mut each);
        Ok(())
    };
    // Neither kind holds more than a few rows at a time.
    match connection {
        AnyConnection::Sqlite(connection) => live
            .select((ActiveRow::as_select(), api_keys::hash))
            .load_iter::<_, DefaultLoadingMode>(connection)?
            .try_for_each(&mut each),
        AnyConnection::Postgres(connection) => live
            .select((ActiveRow::as_select(), api_keys::hash))
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
fn newest_first() -> _ {
    (api_keys::created_at.desc(), api_keys::id.desc())
}

/// Revokes a key of an account that was not revoked before, and returns its digest.
pub(crate) fn revoke(
    connection: &mut AnyConnection,
    did: &str,
    id: &str,
    at: DateTime<Utc>,
) -> QueryResult<Option<Digest>> {
    let key = api_keys::table
        .filter(api_keys::id.eq(id))
        .filter(api_keys::did.eq(did))
        .filter(api_keys::revoked_at.is_null());
    let revoked = diesel::update(key)
        .set(api_keys::revoked_at.eq(at.timestamp_millis()))
        .returning(api_keys::hash)
        .get_result::<Vec<u8>>(connection)
        .optional()?;
    revoked.as_deref().map(digest).transpose()
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
    let earlier = api_keys::last_used_at
        .is_null()
        .or(api_keys::last_used_at.lt(at));
    let since_creation =
        diesel::dsl::case_when(api_keys::created_at.gt(at), api_keys::created_at.nullable())
            .otherwise(at.into_sql::<Nullable<BigInt>>());
    let key = api_keys::table
        .filter(api_keys::id.eq(id.to_string()))
        .filter(earlier.assume_not_null());
    let recorded = diesel::update(key)
        .set(api_keys::last_used_at.eq(since_creation))
        .execute(connection);
    recorded.map(drop)
}

#[cfg(test)]
mod tests {
    use diesel::sql_types::Text;

    use super::*;

    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    /// Row 37 of the list of attacks.
    #[test]
    fn the_list_is_read_from_its_index() {
        let connection = SqliteConnection::establish(":memory:").unwrap();
        let mut connection = AnyConnection::Sqlite(connection);
        crate::migrate::migrate(&mut connection).unwrap();
        let list = api_keys::table
            .filter(api_keys::did.eq("x"))
            .order(newest_first())
            .select(api_keys::hash);
        let query = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&list).to_string();
        let plan: Vec<Line> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}"))
            .load(&mut connection)
            .unwrap();
        let plan: Vec<_> = plan.iter().map(|line| &line.detail[..]).collect();
        // One line: nothing is sorted.
        assert_eq!(
            plan,
            ["SEARCH api_keys USING INDEX api_keys_by_account (did=?)"]
        );
    }
}
