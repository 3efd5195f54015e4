//! Copying a database to another one, which may be of the other kind.

mod rows;

use std::path::Path;
use std::sync::Arc;

use cocore_keys::{Clock, StoreError};
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::prelude::*;

use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::{Cause, unavailable};
use crate::schema::{
    call_budgets, call_limits, call_usage, encrypted_values, key_answers, key_events, key_lineage,
    keys, proxy_sessions, seen_tokens, sessions,
};
use crate::transaction;
use crate::url::DatabaseUrl;
use rows::{
    AnswerRow, BudgetRow, EncryptedValueRow, EventRow, KeyRow, LimitsRow, LineageRow,
    ProxySessionRow, SessionRow, TokenRow, UsageRow,
};

/// How many rows are copied at a time.
const PAGE_SIZE: i64 = 1000;

/// The progress of a copy, a backup or a restoration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The table that is being copied: `keys`, `lineages`, `events`, `answers`, `sessions`, `seen tokens`,
    /// `encrypted values`, `proxy sessions`, `limits`, `budgets` or `usage`. For a backup, `written`; for a restoration,
    /// `copied`.
    pub what: &'static str,
    /// How many of its rows are copied, or how many bytes.
    pub done: i64,
    /// How many rows it has, or how many bytes.
    pub total: i64,
}

/// Copies all rows into an empty database, all of them or none. Login links, which expire within minutes, and the
/// numbers of reports of processes are not copied. It locks SQLite files, so that no server uses them meanwhile. It blocks.
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

const TABLES: [Table; 11] = [
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
    copied_table!(
        "limits",
        call_limits,
        LimitsRow,
        (call_limits::did, call_limits::key_id),
        |last: &LimitsRow| {
            let next = call_limits::did
                .eq(last.did.clone())
                .and(call_limits::key_id.gt(last.key_id.clone()));
            call_limits::did.gt(last.did.clone()).or(next)
        }
    ),
    copied_table!(
        "budgets",
        call_budgets,
        BudgetRow,
        (
            call_budgets::budget,
            call_budgets::period,
            call_budgets::starts_at
        ),
        |last: &BudgetRow| {
            let budget = || call_budgets::budget.eq(last.budget.clone());
            let period = call_budgets::period.eq(last.period.clone());
            call_budgets::budget
                .gt(last.budget.clone())
                .or(budget().and(call_budgets::period.gt(last.period.clone())))
                .or(budget()
                    .and(period)
                    .and(call_budgets::starts_at.gt(last.starts_at)))
        }
    ),
    copied_table!(
        "usage",
        call_usage,
        UsageRow,
        (
            call_usage::did,
            call_usage::key_id,
            call_usage::hour,
            call_usage::model,
            call_usage::upstream
        ),
        |last: &UsageRow| {
            let did = || call_usage::did.eq(last.did.clone());
            let key = || did().and(call_usage::key_id.eq(last.key_id.clone()));
            let hour = || key().and(call_usage::hour.eq(last.hour));
            let model = || hour().and(call_usage::model.eq(last.model.clone()));
            call_usage::did
                .gt(last.did.clone())
                .or(did().and(call_usage::key_id.gt(last.key_id.clone())))
                .or(key().and(call_usage::hour.gt(last.hour)))
                .or(hour().and(call_usage::model.gt(last.model.clone())))
                .or(model().and(call_usage::upstream.gt(last.upstream.clone())))
        }
    ),
];

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
