//! The table `key_lineage`: which keys a cascade from a key reaches next.

use cocore_keys::NewKey;
use diesel::prelude::*;

use crate::connection::AnyConnection;
use crate::schema::{key_lineage, keys};

/// Inserts where a key comes from.
pub(crate) fn insert(connection: &mut AnyConnection, new: &NewKey) -> QueryResult<()> {
    let (did, id) = (new.active.did.as_str(), new.active.id.to_string());
    let lineage = &new.lineage;
    let ancestors = [&lineage.parent, &lineage.inherited_parent];
    let edges = ancestors.into_iter().flatten().map(|from| (&**from, &*id));
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

/// Removes what nothing needs any more once a key is deleted: the rows that lead to it, if it leads nowhere, and so
/// on for the deleted keys that led to it.
pub(crate) fn prune(connection: &mut AnyConnection, did: &str, id: &str) -> QueryResult<()> {
    let mut leaves = vec![id.to_owned()];
    while let Some(leaf) = leaves.pop() {
        let of_account = || key_lineage::table.filter(key_lineage::did.eq(did.to_owned()));
        let below = of_account().filter(key_lineage::ancestor.eq(leaf.clone()));
        let has_descendants: bool =
            diesel::select(diesel::dsl::exists(below)).get_result(connection)?;
        let exists = diesel::select(diesel::dsl::exists(
            keys::table.filter(keys::id.eq(leaf.clone())),
        ));
        if has_descendants || exists.get_result(connection)? {
            continue;
        }
        let above = of_account().filter(key_lineage::descendant.eq(leaf.clone()));
        let ancestors: Vec<String> = above
            .clone()
            .select(key_lineage::ancestor)
            .load(connection)?;
        let rows = key_lineage::table
            .filter(key_lineage::did.eq(did))
            .filter(key_lineage::descendant.eq(&leaf));
        diesel::delete(rows).execute(connection)?;
        leaves.extend(ancestors);
    }
    Ok(())
}
