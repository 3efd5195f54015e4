//! Copying a database to another one, which may be of the other kind.

use std::path::Path;
use std::sync::Arc;

use cocore_keys::{Clock, StoreError};
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::prelude::*;

use crate::connection::{AnyConnection, MultiBackend};
use crate::database::Database;
use crate::error::{Cause, unavailable};
use crate::schema::{
    encrypted_values, key_answers, key_events, key_lineage, keys, proxy_sessions, seen_tokens,
    sessions,
};
use crate::transaction;
use crate::url::DatabaseUrl;

/// How many rows are copied at a time.
const PAGE_SIZE: i64 = 1000;

/// The progress of a copy, a backup or a restoration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The table that is being copied: `keys`, `lineages`, `events`, `answers`, `sessions`, `seen tokens`,
    /// `encrypted values` or `proxy sessions`. For a backup,
    /// `written`; for a restoration, `copied`.
    pub what: &'static str,
    /// How many of its rows are copied, or how many bytes.
    pub done: i64,
    /// How many rows it has, or how many bytes.
    pub total: i64,
}

/// Copies all rows into an empty database, all of them or none. Login links, which expire within minutes, are not
/// copied. It locks SQLite files, so that no server uses them meanwhile. It blocks.
///
/// # Errors
/// A database is unavailable, another process has locked it, the target is not empty, or servers run on the
/// source.
pub fn copy(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    clock: &Arc<dyn Clock>,
    mut progress: impl FnMut(Progress),
) -> Result<Vec<Progress>, StoreError> {
    if let Some(file) = from.sqlite().filter(|file| !Path::is_file(file.path())) {
        return Err(Cause::NoFile(file.path().to_owned()).into());
    }
    let database = |url: &DatabaseUrl| Database::new(url.clone(), clock.clone());
    let mut source = database(from).connect_as_it_is()?;
    let mut target = database(to).connect()?;
    check_source(&mut source)?;
    begin_snapshot(&mut source).map_err(unavailable)?;
    transaction::begin_on(&mut target).map_err(unavailable)?;
    lift_limits(&mut target).map_err(unavailable)?;
    let mut copied = Vec::new();
    for table in TABLES {
        let rows = (table.count)(&mut target).map_err(unavailable)?;
        if rows > 0 {
            let what = table.what;
            return Err(Cause::NotEmpty { rows, what }.into());
        }
        let total = (table.count)(&mut source).map_err(unavailable)?;
        let mut copy = Progress {
            what: table.what,
            done: 0,
            total,
        };
        progress(copy);
        let mut each = |rows: usize| {
            copy.done += i64::try_from(rows).unwrap_or(0);
            progress(copy);
        };
        (table.copy)(&mut source, &mut target, &mut each).map_err(unavailable)?;
        copied.push(copy);
    }
    finish(&mut target)?;
    Ok(copied)
}

/// A table, and how its rows are counted and copied.
struct Table {
    what: &'static str,
    count: fn(&mut AnyConnection) -> QueryResult<i64>,
    copy: fn(&mut AnyConnection, &mut AnyConnection, Each<'_>) -> QueryResult<()>,
}

/// Called with the number of rows that were copied.
type Each<'e> = &'e mut dyn FnMut(usize);

/// Copies a table page by page, in the order of its primary key.
macro_rules! copied_table {
    ($what:literal, $table:ident, $row:ty, $key:expr, $after:expr) => {
        Table {
            what: $what,
            count: |connection| $table::table.count().get_result(connection),
            copy: |source, target, each| {
                let mut last: Option<$row> = None;
                loop {
                    let page = $table::table.order($key).limit(PAGE_SIZE);
                    let rows: Vec<$row> = match &last {
                        None => page.select(<$row>::as_select()).load(source)?,
                        Some(last) => page
                            .filter($after(last))
                            .select(<$row>::as_select())
                            .load(source)?,
                    };
                    if rows.is_empty() {
                        return Ok(());
                    }
                    let insert = diesel::insert_into($table::table).values(&rows);
                    match target {
                        AnyConnection::Sqlite(target) => insert.execute(target)?,
                        AnyConnection::Postgres(target) => insert.execute(target)?,
                    };
                    each(rows.len());
                    last = rows.into_iter().next_back();
                }
            },
        }
    };
}

const TABLES: [Table; 8] = [
    copied_table!("keys", keys, KeyRow, keys::id, |last: &KeyRow| {
        keys::id.gt(last.id.clone())
    }),
    copied_table!(
        "lineages",
        key_lineage,
        LineageRow,
        (
            key_lineage::did,
            key_lineage::ancestor,
            key_lineage::descendant
        ),
        |last: &LineageRow| {
            let did = || key_lineage::did.eq(last.did.clone());
            let ancestor = || key_lineage::ancestor.eq(last.ancestor.clone());
            let descendant = key_lineage::descendant.gt(last.descendant.clone());
            key_lineage::did
                .gt(last.did.clone())
                .or(did().and(key_lineage::ancestor.gt(last.ancestor.clone())))
                .or(did().and(ancestor()).and(descendant))
        }
    ),
    copied_table!(
        "events",
        key_events,
        EventRow,
        key_events::number,
        |last: &EventRow| { key_events::number.gt(last.number) }
    ),
    copied_table!(
        "answers",
        key_answers,
        AnswerRow,
        key_answers::request,
        |last: &AnswerRow| { key_answers::request.gt(last.request.clone()) }
    ),
    copied_table!(
        "sessions",
        sessions,
        SessionRow,
        sessions::id,
        |last: &SessionRow| { sessions::id.gt(last.id.clone()) }
    ),
    copied_table!(
        "seen tokens",
        seen_tokens,
        TokenRow,
        seen_tokens::hash,
        |last: &TokenRow| { seen_tokens::hash.gt(last.hash.clone()) }
    ),
    copied_table!(
        "encrypted values",
        encrypted_values,
        EncryptedValueRow,
        (encrypted_values::kind, encrypted_values::name),
        |last: &EncryptedValueRow| {
            let next = encrypted_values::kind
                .eq(last.kind.clone())
                .and(encrypted_values::name.gt(last.name.clone()));
            encrypted_values::kind.gt(last.kind.clone()).or(next)
        }
    ),
    copied_table!(
        "proxy sessions",
        proxy_sessions,
        ProxySessionRow,
        proxy_sessions::did,
        |last: &ProxySessionRow| { proxy_sessions::did.gt(last.did.clone()) }
    ),
];

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = keys, check_for_backend(MultiBackend))]
struct KeyRow {
    id: String,
    did: String,
    name: String,
    prefix: String,
    hash: Vec<u8>,
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

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = key_lineage, check_for_backend(MultiBackend))]
struct LineageRow {
    did: String,
    ancestor: String,
    descendant: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = key_events, check_for_backend(MultiBackend))]
struct EventRow {
    // The target numbers its rows itself.
    #[diesel(skip_insertion)]
    number: i64,
    at: i64,
    kind: String,
    did: String,
    key_id: String,
    key_name: Option<String>,
    credential: String,
    by_key: Option<String>,
    address: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = key_answers, check_for_backend(MultiBackend))]
struct AnswerRow {
    request: Vec<u8>,
    body: Vec<u8>,
    sealed: Vec<u8>,
    key_id: String,
    expires_at: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(MultiBackend))]
struct SessionRow {
    id: String,
    hash: Vec<u8>,
    did: String,
    handle: Option<String>,
    browser: String,
    address: String,
    created_at: i64,
    last_seen_at: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = seen_tokens, check_for_backend(MultiBackend))]
struct TokenRow {
    hash: Vec<u8>,
    expires_at: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = encrypted_values, check_for_backend(MultiBackend))]
struct EncryptedValueRow {
    kind: String,
    name: String,
    value: Vec<u8>,
    expires_at: Option<i64>,
}

/// Without the lease of a refresh: no server runs.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = proxy_sessions, check_for_backend(MultiBackend))]
struct ProxySessionRow {
    did: String,
    tokens: Vec<u8>,
    scope: String,
    version: i64,
    created_at: i64,
    last_used_at: Option<i64>,
}

/// Checks that nothing changes the source. For a file, its lock guarantees that.
fn check_source(source: &mut AnyConnection) -> Result<(), StoreError> {
    match source {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(source) => match crate::postgres::has_servers(source) {
            Ok(false) => Ok(()),
            Ok(true) => Err(Cause::ServersRunning.into()),
            Err(error) => Err(unavailable(error)),
        },
    }
}

/// Begins a transaction that reads one snapshot. Nothing is written until its end.
fn begin_snapshot(source: &mut AnyConnection) -> QueryResult<()> {
    match source {
        AnyConnection::Sqlite(source) => AnsiTransactionManager::begin_transaction(source),
        AnyConnection::Postgres(source) => crate::postgres::begin_alone(source),
    }
}

/// Removes the time-outs of the transaction on the target.
fn lift_limits(target: &mut AnyConnection) -> QueryResult<()> {
    match target {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(target) => crate::postgres::lift_limits(target),
    }
}

/// Commits. Servers that run on the target load all keys again, and have done so when this returns.
fn finish(target: &mut AnyConnection) -> Result<(), StoreError> {
    if let AnyConnection::Postgres(target) = target {
        crate::postgres::skip_epoch(target).map_err(unavailable)?;
    }
    AnyConnection::commit_transaction(target).map_err(unavailable)?;
    if let AnyConnection::Postgres(target) = target {
        crate::postgres::wait_out_leases(target);
    }
    Ok(())
}
