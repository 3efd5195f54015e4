//! What was changed between a backup and its restoration, and what of that is carried over.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::SqliteConnection;

use super::connection::{Number, connect, has_table, key_table};
use super::error::BackupError;
use crate::sqlite;

/// How many keys of a kind are listed.
const MAX_LISTED: i64 = 20;

/// What the replaced database knows of keys, and the restored one does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangesSince {
    /// Keys that were revoked since. They are active again.
    pub revoked: ChangedKeys,
    /// Keys that were deleted since. They exist again.
    pub deleted: ChangedKeys,
    /// Keys that were created since. They are lost.
    pub created: ChangedKeys,
}

/// Keys of the same fate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangedKeys {
    /// Their number.
    pub count: i64,
    /// The account and the id of the first twenty.
    pub first: Vec<(String, String)>,
}

/// The keys of this database that authenticate: `k`, and the time of now.
const IS_ACTIVE: &str = "k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?)";

/// A key.
#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    did: String,
    #[diesel(sql_type = Text)]
    id: String,
}

/// Prepares a copy of a backup for its use. It has no sessions and no login links afterwards: some were ended after
/// the backup was made. Service-auth tokens that the old database has seen stay used up. With `keep_revocations`,
/// keys that are revoked or missing in the old database are revoked. Returns what was changed since the backup, if
/// the old database can be read.
pub(super) fn prepare(
    new: &Path,
    old: Option<&Path>,
    keep_revocations: bool,
    now: i64,
) -> Result<Option<ChangesSince>, BackupError> {
    let failed = |error: diesel::result::Error| BackupError::database(new, error);
    let mut connection = connect(new, "mode=rw")?;
    // The whole database is in one file from now on.
    let settings = connection.batch_execute("PRAGMA journal_mode = DELETE");
    settings.map_err(failed)?;
    let attached = old.is_some_and(|old| {
        // Its log is empty, and this process has locked it.
        let old = sqlite::uri(old, "mode=ro&immutable=1");
        let attach = diesel::sql_query("ATTACH ? AS old").bind::<Text, _>(old);
        attach.execute(&mut connection).is_ok()
    });
    if keep_revocations {
        check_relation(&mut connection, attached)?;
    }
    connection
        .transaction(|connection| {
            remove_sign_ins(connection)?;
            if !attached {
                return Ok(None);
            }
            // The old database may be another program's, or damaged.
            let since = changes(connection, now).ok();
            if keep_revocations {
                revoke(connection, now)?;
            }
            if since.is_some() && has_table(connection, "main", "seen_tokens")? {
                keep_seen_tokens(connection)?;
            }
            if since.is_some() && has_table(connection, "main", "call_budgets")? {
                keep_budgets(connection)?;
            }
            Ok(since)
        })
        .map_err(failed)
}

/// The tables of keys of both databases, whose schemas may be different ones.
#[derive(Clone, Copy)]
struct Tables {
    main: &'static str,
    old: &'static str,
}

impl Tables {
    fn find(connection: &mut SqliteConnection) -> QueryResult<Self> {
        Ok(Self {
            main: key_table(connection, "main")?,
            old: key_table(connection, "old")?,
        })
    }
}

/// Removes sessions, login links and the sessions of the record proxy, whose tables an older schema does not have.
fn remove_sign_ins(connection: &mut SqliteConnection) -> QueryResult<()> {
    for table in ["sessions", "login_links", "proxy_sessions"] {
        if has_table(connection, "main", table)? {
            connection.batch_execute(&format!("DELETE FROM main.{table}"))?;
        }
    }
    Ok(())
}

fn keep_seen_tokens(connection: &mut SqliteConnection) -> QueryResult<()> {
    if has_table(connection, "old", "seen_tokens")? {
        connection.batch_execute(
            "INSERT OR IGNORE INTO main.seen_tokens (hash, expires_at)
            SELECT hash, expires_at FROM old.seen_tokens",
        )?;
    }
    Ok(())
}

/// What was spent of a budget since the backup is not spent again.
fn keep_budgets(connection: &mut SqliteConnection) -> QueryResult<()> {
    if has_table(connection, "old", "call_budgets")? {
        connection.batch_execute(
            "INSERT INTO main.call_budgets (budget, period, starts_at, taken, spent, reported_at)
            SELECT budget, period, starts_at, taken, spent, reported_at FROM old.call_budgets WHERE true
            ON CONFLICT DO UPDATE SET taken = max(taken, excluded.taken), spent = max(spent, excluded.spent)",
        )?;
    }
    Ok(())
}

/// Checks that the old database is a later state of the new one: in another database, all keys are missing.
fn check_relation(connection: &mut SqliteConnection, attached: bool) -> Result<(), BackupError> {
    let unreadable =
        BackupError::NoRevocations("the database that is to be replaced cannot be read");
    if !attached {
        return Err(unreadable);
    }
    let is_other = Tables::find(connection).and_then(|Tables { main, old }| {
        let query = format!(
            "SELECT (SELECT count(*) FROM main.{main}) > 0 AND NOT EXISTS
            (SELECT 1 FROM main.{main} JOIN old.{old} USING (id)) AS value"
        );
        diesel::sql_query(query).get_result::<Number>(connection)
    });
    match is_other {
        Ok(Number { value: 0 }) => Ok(()),
        Ok(_) => Err(BackupError::NoRevocations(
            "the database that is to be replaced has none of the backup's keys",
        )),
        Err(_) => Err(unreadable),
    }
}

/// Revokes the keys that are revoked or missing in the old database, with an event for each.
fn revoke(connection: &mut SqliteConnection, now: i64) -> QueryResult<()> {
    let Tables { main, old } = Tables::find(connection)?;
    let is_ended = format!(
        "k.revoked_at IS NULL AND NOT EXISTS
        (SELECT 1 FROM old.{old} AS o WHERE o.id = k.id AND o.revoked_at IS NULL)"
    );
    if has_table(connection, "main", "key_events")? {
        let record = format!(
            "INSERT INTO main.key_events (at, kind, did, key_id, key_name, credential)
            SELECT ?, 'revoked', k.did, k.id, k.name, 'operator' FROM main.{main} AS k
            WHERE {is_ended}"
        );
        let record = diesel::sql_query(record).bind::<BigInt, _>(now);
        record.execute(connection)?;
    }
    let revoke = format!(
        "UPDATE main.{main} AS k SET revoked_at =
            coalesce((SELECT o.revoked_at FROM old.{old} AS o WHERE o.id = k.id), ?)
        WHERE {is_ended}"
    );
    let revoke = diesel::sql_query(revoke).bind::<BigInt, _>(now);
    revoke.execute(connection)?;
    // They contain the secrets of keys.
    if has_table(connection, "main", "key_answers")? {
        connection.batch_execute(&format!(
            "DELETE FROM main.key_answers WHERE key_id NOT IN
            (SELECT id FROM main.{main} WHERE revoked_at IS NULL)"
        ))?;
    }
    Ok(())
}

fn changes(connection: &mut SqliteConnection, now: i64) -> QueryResult<ChangesSince> {
    let Tables { main, old } = Tables::find(connection)?;
    let mut keys = |from: String| -> QueryResult<ChangedKeys> {
        let count = diesel::sql_query(format!("SELECT count(*) AS value {from}"));
        let count: Number = count.bind::<BigInt, _>(now).get_result(connection)?;
        let first = format!("SELECT k.did, k.id {from} ORDER BY k.id LIMIT {MAX_LISTED}");
        let first: Vec<Key> = diesel::sql_query(first)
            .bind::<BigInt, _>(now)
            .load(connection)?;
        Ok(ChangedKeys {
            count: count.value,
            first: first.into_iter().map(|key| (key.did, key.id)).collect(),
        })
    };
    Ok(ChangesSince {
        revoked: keys(format!(
            "FROM main.{main} AS k JOIN old.{old} AS o USING (id)
            WHERE {IS_ACTIVE} AND o.revoked_at IS NOT NULL"
        ))?,
        deleted: keys(format!(
            "FROM main.{main} AS k WHERE {IS_ACTIVE} AND NOT EXISTS
            (SELECT 1 FROM old.{old} AS o WHERE o.id = k.id)"
        ))?,
        created: keys(format!(
            "FROM old.{old} AS k WHERE {IS_ACTIVE} AND NOT EXISTS
            (SELECT 1 FROM main.{main} AS n WHERE n.id = k.id)"
        ))?,
    })
}
