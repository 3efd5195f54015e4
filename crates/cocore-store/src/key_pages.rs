//! Pages of keys: of an account, filtered, and of all accounts.

use cocore_keys::{KeyFilter, KeyPosition, KeyStatus, StoredKey};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use crate::connection::AnyConnection;
use crate::keys::{Hash, ListedRow, is_ahead, newest_first, stored_key};
use crate::schema::keys;
use crate::time::millis;

/// The longest text that is looked for, in bytes.
const MAX_TEXT: usize = 1000;

#[diesel::declare_sql_function]
extern "SQL" {
    fn substr(text: Text, first: Integer, length: Integer) -> Text;
}

/// The query for a kind of database, whose operator for a part of a text in whatever case differs.
macro_rules! query {
    ($did:expr, $filter:expr, $after:expr, $limit:expr, $like:ident) => {{
        let mut keys = keys::table
            .filter(keys::did.eq($did))
            .order(newest_first())
            .limit($limit.into())
            .select((ListedRow::as_select(), keys::hash))
            .into_boxed();
        if let Some(KeyPosition { created_at, id }) = $after {
            let at = millis(*created_at);
            let same = keys::created_at.eq(at).and(keys::id.lt(id));
            // The first condition is a range of the index.
            keys = keys
                .filter(keys::created_at.le(at))
                .filter(keys::created_at.lt(at).or(same));
        }
        if let Some((status, now)) = $filter.status {
            let now = millis(now);
            keys = match status {
                KeyStatus::Revoked => keys.filter(keys::revoked_at.is_not_null()),
                KeyStatus::Active => keys.filter(keys::revoked_at.is_null().and(is_ahead!(now))),
                KeyStatus::Expired => keys.filter(
                    keys::revoked_at
                        .is_null()
                        .and(diesel::dsl::not(is_ahead!(now))),
                ),
            };
        }
        if let Some(text) = &$filter.text {
            let length = i32::try_from(text.chars().count()).unwrap_or(i32::MAX);
            let start = substr(keys::prefix, 1, length).eq(text);
            let in_name = keys::name
                .$like(format!("%{}%", escaped(text)))
                .escape('\\');
            keys = keys.filter(in_name.or(start));
        }
        keys
    }};
}

/// Returns the first keys of an account after a position that a filter selects, the newest first.
pub(crate) fn list(
    connection: &mut AnyConnection,
    did: &str,
    filter: &KeyFilter,
    after: Option<&KeyPosition>,
    limit: u16,
) -> QueryResult<Vec<StoredKey>> {
    // No name is as long, and SQLite has no longer patterns. PostgreSQL has no text with a NUL in it.
    let is_possible = |text: &String| text.len() <= MAX_TEXT && !text.contains('\0');
    if !filter.text.as_ref().is_none_or(is_possible) {
        return Ok(Vec::new());
    }
    let rows: Vec<(ListedRow, Hash)> = match connection {
        AnyConnection::Sqlite(connection) => {
            query!(did, filter, after, limit, like).load(connection)?
        }
        AnyConnection::Postgres(connection) => {
            query!(did, filter, after, limit, ilike).load(connection)?
        }
    };
    Ok(rows.into_iter().map(stored_key).collect())
}

/// Escapes the wildcards of `LIKE`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '%' | '_') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Returns the first keys of all accounts whose ids come after this one, by id.
pub(crate) fn all(
    connection: &mut AnyConnection,
    after: &str,
    limit: u16,
) -> QueryResult<Vec<StoredKey>> {
    let keys = keys::table
        .filter(keys::id.gt(after))
        .order(keys::id)
        .limit(limit.into());
    let rows: Vec<(ListedRow, Hash)> = match connection {
        AnyConnection::Sqlite(connection) => keys
            .select((ListedRow::as_select(), keys::hash))
            .load(connection)?,
        AnyConnection::Postgres(connection) => keys
            .select((ListedRow::as_select(), keys::hash))
            .load(connection)?,
    };
    Ok(rows.into_iter().map(stored_key).collect())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use diesel::sqlite::Sqlite;

    use super::*;
    use crate::sqlite::plan;

    #[test]
    fn a_page_is_read_from_its_index() {
        let now = DateTime::UNIX_EPOCH;
        let position = KeyPosition {
            created_at: now,
            id: "i".to_owned(),
        };
        let statuses = [
            None,
            Some(KeyStatus::Active),
            Some(KeyStatus::Expired),
            Some(KeyStatus::Revoked),
        ];
        for status in statuses {
            for text in [None, Some("t".to_owned())] {
                for (after, range) in [(None, "did=?"), (Some(&position), "did=? AND created_at<?")]
                {
                    let filter = KeyFilter {
                        status: status.map(|status| (status, now)),
                        text: text.clone(),
                    };
                    let page = query!("d", filter, after, 50_u16, like);
                    let plan = plan(&diesel::debug_query::<Sqlite, _>(&page).to_string());
                    // One line: nothing is sorted.
                    let expected = format!("SEARCH keys USING INDEX keys_by_account ({range})");
                    assert_eq!(plan, [expected], "{filter:?}");
                }
            }
        }
    }
}
