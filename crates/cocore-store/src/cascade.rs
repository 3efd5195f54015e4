//! Revoking a key, or a key with all that descend from it, in one statement.

use chrono::{DateTime, Utc};
use cocore_keys::Digest;
use diesel::QueryResult;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Text};

use crate::connection::AnyConnection;
use crate::keys::digest;
use crate::schema::keys;
use crate::time::millis;

/// A key that was revoked.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Binary)]
    hash: Vec<u8>,
}

/// A key that was revoked: its id, its name, and its digest.
pub(crate) struct Revoked {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) digest: Digest,
}

/// Revokes a key of an account that was not revoked before.
pub(crate) fn revoke_one(
    connection: &mut AnyConnection,
    did: &str,
    id: &str,
    at: DateTime<Utc>,
) -> QueryResult<Option<Revoked>> {
    let key = keys::table
        .filter(keys::id.eq(id))
        .filter(keys::did.eq(did))
        .filter(keys::revoked_at.is_null());
    let row: Option<(String, Vec<u8>)> = diesel::update(key)
        .set(keys::revoked_at.eq(millis(at)))
        .returning((keys::name, keys::hash))
        .get_result(connection)
        .optional()?;
    let revoked = row.map(|(name, hash)| {
        let digest = digest(&hash)?;
        let id = id.to_owned();
        Ok(Revoked { id, name, digest })
    });
    revoked.transpose()
}

/// The keys of an account that descend from a key, and the key itself. PostgreSQL has to know the collation of the
/// first row; for SQLite, `CROSS JOIN` is the order of the loops.
macro_rules! reached {
    ($did:literal, $id:literal) => {
        concat!(
            "WITH RECURSIVE reached (id) AS (SELECT ",
            $id,
            " UNION SELECT l.descendant FROM reached AS r CROSS JOIN key_lineage AS l WHERE l.did = ",
            $did,
            " AND l.ancestor = r.id) "
        )
    };
}
pub(crate) use reached;

/// The plus keeps SQLite from reading all keys of the account.
const REVOKE_SQLITE: &str = concat!(
    reached!("?1", "?2"),
    "UPDATE keys SET revoked_at = ?3
    WHERE id IN (SELECT id FROM reached) AND +did = ?1 AND revoked_at IS NULL
    RETURNING id, name, hash"
);

const IS_DESCENDANT_SQLITE: &str = concat!(
    reached!("?1", "?2"),
    "SELECT ?3 <> ?2 AND EXISTS (SELECT 1 FROM reached WHERE id = ?3) AS found"
);

/// Revokes a key of an account, which may be deleted, and all that descend from it, as far as they were not revoked
/// before.
pub(crate) fn revoke_all(
    connection: &mut AnyConnection,
    did: &str,
    id: &str,
    at: DateTime<Utc>,
) -> QueryResult<Vec<Revoked>> {
    // `IS NOT DISTINCT FROM` keeps PostgreSQL from reading all keys of the account.
    const POSTGRES: &str = concat!(
        reached!("$1", "$2 COLLATE \"C\""),
        "UPDATE keys AS k SET revoked_at = $3 FROM reached AS r
        WHERE k.id = r.id AND k.did IS NOT DISTINCT FROM $1 AND k.revoked_at IS NULL
        RETURNING k.id, k.name, k.hash"
    );
    let rows: Vec<Row> = match connection {
        AnyConnection::Sqlite(connection) => diesel::sql_query(REVOKE_SQLITE)
            .bind::<Text, _>(did)
            .bind::<Text, _>(id)
            .bind::<BigInt, _>(millis(at))
            .load(connection)?,
        AnyConnection::Postgres(connection) => diesel::sql_query(POSTGRES)
            .bind::<Text, _>(did)
            .bind::<Text, _>(id)
            .bind::<BigInt, _>(millis(at))
            .load(connection)?,
    };
    let revoked = rows.into_iter().map(|Row { id, name, hash }| {
        let digest = digest(&hash)?;
        Ok(Revoked { id, name, digest })
    });
    revoked.collect()
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// Returns whether a key of an account descends from another one.
pub(crate) fn is_descendant(
    connection: &mut AnyConnection,
    did: &str,
    id: &str,
    ancestor: &str,
) -> QueryResult<bool> {
    const POSTGRES: &str = concat!(
        reached!("$1", "$2 COLLATE \"C\""),
        "SELECT $3 <> $2 AND EXISTS (SELECT 1 FROM reached WHERE id = $3) AS found"
    );
    let found: Found = match connection {
        AnyConnection::Sqlite(connection) => diesel::sql_query(IS_DESCENDANT_SQLITE)
            .bind::<Text, _>(did)
            .bind::<Text, _>(ancestor)
            .bind::<Text, _>(id)
            .get_result(connection)?,
        AnyConnection::Postgres(connection) => diesel::sql_query(POSTGRES)
            .bind::<Text, _>(did)
            .bind::<Text, _>(ancestor)
            .bind::<Text, _>(id)
            .get_result(connection)?,
    };
    Ok(found.found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::plan;

    /// The work is in proportion to the keys that are reached, not to those of the account.
    #[test]
    fn sqlite_reads_what_it_reaches_by_indexes() {
        let step = "SEARCH l USING PRIMARY KEY (did=? AND ancestor=?)";
        for (statement, lines) in [
            (
                REVOKE_SQLITE,
                &[
                    "SEARCH keys USING INDEX sqlite_autoindex_keys_1 (id=?)",
                    step,
                ][..],
            ),
            (IS_DESCENDANT_SQLITE, &[step]),
        ] {
            let plan = plan(statement);
            let searches: Vec<_> = plan.iter().filter(|line| line.contains("USING")).collect();
            assert_eq!(searches, lines, "{plan:#?}");
        }
    }
}
