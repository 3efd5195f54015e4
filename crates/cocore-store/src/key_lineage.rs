//! The table `key_lineage`: which keys a cascade from a key reaches next.

use cocore_keys::NewKey;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::cascade::reached;
use crate::connection::AnyConnection;
use crate::schema::key_lineage;

/// Inserts where a key comes from.
pub(crate) fn insert(connection: &mut AnyConnection, new: &NewKey) -> QueryResult<()> {
    let (did, id) = (new.active.did.as_str(), new.active.id.to_string());
    let lineage = &new.lineage;
    let ancestors = lineage.parent.iter().chain(&lineage.inherited_parents);
    let edges = ancestors.map(|from| (&**from, &*id));
    let replaced = lineage.replaces.as_deref().map(|replaced| (&*id, replaced));
    for (ancestor, descendant) in edges.chain(replaced) {
        let row = (
            key_lineage::did.eq(did),
            key_lineage::ancestor.eq(ancestor),
            key_lineage::descendant.eq(descendant),
        );
        diesel::insert_into(key_lineage::table)
            .values(row)
            .execute(connection)?;
    }
    Ok(())
}

/// Returns the keys from which a cascade reaches a key of an account in one step.
pub(crate) fn parents(
    connection: &mut AnyConnection,
    did: &str,
    id: &str,
) -> QueryResult<Vec<String>> {
    key_lineage::table
        .filter(key_lineage::did.eq(did))
        .filter(key_lineage::descendant.eq(id))
        .select(key_lineage::ancestor)
        .load(connection)
}

/// A row: a cascade from the ancestor reaches the descendant.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    ancestor: String,
    #[diesel(sql_type = Text)]
    descendant: String,
}

const LEADS_TO_KEY_SQLITE: &str = concat!(
    reached!("?1", "?2"),
    "SELECT EXISTS (SELECT 1 FROM reached AS r
        WHERE EXISTS (SELECT 1 FROM keys AS k WHERE k.id = r.id)) AS found"
);

const REMOVE_BELOW_SQLITE: &str = concat!(
    reached!("?1", "?2"),
    "DELETE FROM key_lineage WHERE did = ?1 AND descendant IN (SELECT id FROM reached)
    RETURNING ancestor, descendant"
);

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// Removes the rows that lead to no key any more once a key is deleted: those to the key and to the deleted keys that
/// descend from it, unless one of these leads to a key, and so on for the deleted keys that led to them. Keys that
/// replaced themselves descend from each other.
pub(crate) fn prune(connection: &mut AnyConnection, did: &str, id: &str) -> QueryResult<()> {
    let mut deleted = vec![id.to_owned()];
    while let Some(id) = deleted.pop() {
        if leads_to_key(connection, did, &id)? {
            continue;
        }
        let removed = remove_below(connection, did, &id)?;
        let mut ancestors: Vec<_> = removed.iter().map(|row| &row.ancestor).collect();
        ancestors.sort_unstable();
        ancestors.dedup();
        let is_removed = |id: &String| removed.iter().any(|row| row.descendant == *id);
        let others = ancestors.into_iter().filter(|id| !is_removed(id));
        deleted.extend(others.cloned());
    }
    Ok(())
}

/// Returns whether a key exists, or one that descends from it. It stops at the first one.
fn leads_to_key(connection: &mut AnyConnection, did: &str, id: &str) -> QueryResult<bool> {
    // With the limit, keys are looked up one by one.
    const POSTGRES: &str = concat!(
        reached!("$1", "$2 COLLATE \"C\""),
        "SELECT EXISTS (SELECT FROM reached AS r CROSS JOIN LATERAL
            (SELECT FROM keys AS k WHERE k.id = r.id LIMIT 1) AS k) AS found"
    );
    let found: Found = match connection {
        AnyConnection::Sqlite(connection) => diesel::sql_query(LEADS_TO_KEY_SQLITE)
            .bind::<Text, _>(did)
            .bind::<Text, _>(id)
            .get_result(connection)?,
        AnyConnection::Postgres(connection) => diesel::sql_query(POSTGRES)
            .bind::<Text, _>(did)
            .bind::<Text, _>(id)
            .get_result(connection)?,
    };
    Ok(found.found)
}

/// Removes the rows that lead to a key, or to one that descends from it, and returns them.
fn remove_below(connection: &mut AnyConnection, did: &str, id: &str) -> QueryResult<Vec<Row>> {
    const POSTGRES: &str = concat!(
        reached!("$1", "$2 COLLATE \"C\""),
        "DELETE FROM key_lineage WHERE did = $1 AND descendant IN (SELECT id FROM reached)
        RETURNING ancestor, descendant"
    );
    match connection {
        AnyConnection::Sqlite(connection) => diesel::sql_query(REMOVE_BELOW_SQLITE)
            .bind::<Text, _>(did)
            .bind::<Text, _>(id)
            .load(connection),
        AnyConnection::Postgres(connection) => diesel::sql_query(POSTGRES)
            .bind::<Text, _>(did)
            .bind::<Text, _>(id)
            .load(connection),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::plan;

    /// The work is in proportion to the rows that are followed, not to those of the account.
    #[test]
    fn sqlite_follows_rows_by_indexes() {
        let step = "SEARCH l USING PRIMARY KEY (did=? AND ancestor=?)";
        for (statement, expected) in [
            (
                LEADS_TO_KEY_SQLITE,
                "SEARCH k EXISTS USING COVERING INDEX sqlite_autoindex_keys_1 (id=?)",
            ),
            (
                REMOVE_BELOW_SQLITE,
                "SEARCH key_lineage USING COVERING INDEX key_lineage_by_descendant (did=? AND descendant=?)",
            ),
        ] {
            let plan = plan(statement);
            let searches = plan.iter().filter(|line| line.contains("USING"));
            let mut searches: Vec<_> = searches.map(|line| &line[..]).collect();
            searches.sort_unstable_by_key(|line| *line == step);
            assert_eq!(searches, [expected, step], "{plan:#?}");
        }
    }
}
