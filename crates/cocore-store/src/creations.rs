//! Keys that are created: each with its lineage and its event, unless the key that creates it is not as it was when
//! its caller was authenticated.

use cocore_keys::Creation;
use diesel::QueryResult;

use crate::connection::AnyConnection;
use crate::{key_events, key_lineage, keys};

/// Inserts keys. Returns false if the creator of one of them is not as it was; then not all are inserted.
pub(crate) fn insert<'c>(
    connection: &mut AnyConnection,
    creations: impl IntoIterator<Item = &'c Creation>,
) -> QueryResult<bool> {
    match connection {
        AnyConnection::Sqlite(_) => {
            for creation in creations {
                if !insert_one(connection, creation)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        // One round trip for all of them.
        AnyConnection::Postgres(connection) => crate::postgres::insert(connection, creations),
    }
}

fn insert_one(connection: &mut AnyConnection, creation: &Creation) -> QueryResult<bool> {
    let active = &creation.key.active;
    if let Some(creator) = &creation.creator {
        let found = keys::find(connection, active.did.as_str(), &creator.id.to_string())?;
        if !found.is_some_and(|found| creator.is_unchanged(&found.key, active.created_at)) {
            return Ok(false);
        }
    }
    keys::insert(connection, &creation.key)?;
    key_lineage::insert(connection, &creation.key)?;
    key_events::insert(connection, &creation.event)?;
    Ok(true)
}
