//! The table of API keys: its rows, and every query on it.

use chrono::{DateTime, Utc};
use cocore_keys::{Digest, Key, NewKey, Use};
use diesel::connection::DefaultLoadingMode;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable};
use diesel::sqlite::{Sqlite, SqliteValue};

use crate::connection::{AnyConnection, MultiBackend};
use crate::schema::api_keys;
use crate::time::time;

/// A row without the hash.
#[derive(Queryable, Selectable)]
#[diesel(table_name = api_keys, check_for_backend(MultiBackend))]
struct Row {
    id: String,
    did: String,
    name: String,
    prefix: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

/// A row that is to be written.
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

/// The hash of a row. The table takes no other length.
#[derive(FromSqlRow)]
struct Hash(Digest);

impl FromSql<Binary, Sqlite> for Hash {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(Digest::from_bytes(value.read_blob().try_into()?)))
    }
}

#[cfg(feature = "postgres")]
impl FromSql<Binary, diesel::pg::Pg> for Hash {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Digest::from_bytes(value.as_bytes().try_into()?)))
    }
}

impl From<Row> for Key {
    fn from(row: Row) -> Self {
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

pub(crate) fn by_digest(
    connection: &mut AnyConnection,
    digest: &Digest,
) -> QueryResult<Option<Key>> {
    let row = api_keys::table
        .filter(api_keys::hash.eq(&digest.as_bytes()[..]))
        .select(Row::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(Key::from))
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
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => crate::postgres::insert(connection, new),
    }
}

fn insert_one(connection: &mut AnyConnection, new: &NewKey) -> QueryResult<()> {
    let row = NewRow {
        id: &new.key.id,
        did: &new.key.did,
        name: &new.key.name,
        prefix: &new.key.prefix,
        hash: new.digest.as_bytes(),
        created_at: new.key.created_at.timestamp_millis(),
        expires_at: new.key.expires_at.map(|at| at.timestamp_millis()),
    };
    let inserted = diesel::insert_into(api_keys::table)
        .values(row)
        .execute(connection);
    inserted.map(drop)
}

/// The digest of the key that was there.
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

pub(crate) fn list(connection: &mut AnyConnection, did: &str) -> QueryResult<Vec<NewKey>> {
    let keys = api_keys::table
        .filter(api_keys::did.eq(did))
        .order(newest_first());
    // Asked of either kind itself, it is not put into words again each time.
    let keys: Vec<(Row, Hash)> = match connection {
        AnyConnection::Sqlite(connection) => keys
            .select((Row::as_select(), api_keys::hash))
            .load(connection)?,
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => keys
            .select((Row::as_select(), api_keys::hash))
            .load(connection)?,
    };
    Ok(keys.into_iter().map(stored).collect())
}

/// Reads every key that is not revoked and does not end by `now`, one after the other.
pub(crate) fn load(
    connection: &mut AnyConnection,
    now: DateTime<Utc>,
    mut each: impl FnMut(NewKey),
) -> QueryResult<()> {
    let now = now.timestamp_millis();
    let ahead = api_keys::expires_at
        .is_null()
        .or(api_keys::expires_at.assume_not_null().gt(now).nullable());
    let live = api_keys::table
        .filter(api_keys::revoked_at.is_null())
        .filter(ahead.assume_not_null());
    let mut each = |row: QueryResult<(Row, Hash)>| row.map(|row| each(stored(row)));
    // Neither holds more than a few rows at a time.
    match connection {
        AnyConnection::Sqlite(connection) => live
            .select((Row::as_select(), api_keys::hash))
            .load_iter::<_, DefaultLoadingMode>(connection)?
            .try_for_each(&mut each),
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => live
            .select((Row::as_select(), api_keys::hash))
            .load_iter::<_, diesel::pg::PgRowByRowLoadingMode>(connection)?
            .try_for_each(&mut each),
    }
}

fn stored((row, Hash(digest)): (Row, Hash)) -> NewKey {
    let key = row.into();
    NewKey { key, digest }
}

/// The hash of a row alone.
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

/// The digest of the key that was not revoked before.
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

/// Notes uses, unless later ones are noted already: never one before the key was made.
pub(crate) fn used(connection: &mut AnyConnection, uses: &[Use]) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(_) => uses.iter().try_for_each(|one| used_one(connection, one)),
        // One round trip for all of them.
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => crate::postgres::used(connection, uses),
    }
}

fn used_one(connection: &mut AnyConnection, Use { id, at }: &Use) -> QueryResult<()> {
    let at = at.timestamp_millis();
    let earlier = api_keys::last_used_at
        .is_null()
        .or(api_keys::last_used_at.lt(at));
    let since_creation =
        diesel::dsl::case_when(api_keys::created_at.gt(at), api_keys::created_at.nullable())
            .otherwise(at.into_sql::<Nullable<BigInt>>());
    let key = api_keys::table
        .filter(api_keys::id.eq(id))
        .filter(earlier.assume_not_null());
    let noted = diesel::update(key)
        .set(api_keys::last_used_at.eq(since_creation))
        .execute(connection);
    noted.map(drop)
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
