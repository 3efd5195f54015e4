//! A transaction for a batch of writes.

use std::time::Duration;

use cocore_keys::{Reason, StoreError};
use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use thiserror::Error;

use crate::connection::AnyConnection;
use crate::creations;
use crate::database::Database;
use crate::error::{Cause, unavailable};
use crate::write::Effect;
use crate::write::Write;

/// How long a transaction may take on PostgreSQL before its connection is closed. Every caller has timed out by
/// then.
const TIME_LIMIT: Duration = Duration::from_secs(12);

/// The error of a batch that must not be acknowledged.
#[derive(Debug, Error)]
pub(crate) enum BatchError {
    /// It can be tried again.
    #[error(transparent)]
    Failed(#[from] StoreError),
    /// The sync of the commit may have failed.
    #[error(transparent)]
    Sync(StoreError),
}

/// Runs a batch in one transaction. A write that fails does not affect the others. A connection that
/// failed is closed. Returns the epoch that every server has to apply before the batch is answered; 0 on
/// SQLite.
pub(crate) fn commit(
    batch: &mut [Box<dyn Write>],
    connection: &mut Option<AnyConnection>,
    database: &Database,
) -> Result<u64, BatchError> {
    let mut open = begin(connection.take(), database)?;
    run(batch, &mut open)?;
    let epoch = record(batch, &mut open).map_err(unavailable)?;
    let mark = database.mark_log()?;
    if let Err(error) = AnyConnection::commit_transaction(&mut open) {
        let error = commit_error(error);
        // A commit writes to the log, and then syncs it.
        let is_unsynced = match open {
            AnyConnection::Sqlite(_) => mark.is_none_or(|mark| !mark.is_there()),
            AnyConnection::Postgres(_) => false,
        };
        if is_unsynced && error.reason() != Reason::DiskFull {
            // The last connection that is closed removes the log.
            std::mem::forget(open);
            return Err(BatchError::Sync(StoreError::new(
                Reason::SyncFailed,
                error.to_string(),
            )));
        }
        return Err(error.into());
    }
    // A transaction that has changed nothing syncs nothing.
    if let Some(locked) = database.locked_file()
        && mark.is_none_or(|mark| !mark.is_there())
    {
        locked.count_sync();
    }
    // The files may have been replaced meanwhile.
    let in_place = database.check();
    *connection = Some(open);
    in_place?;
    Ok(epoch)
}

/// Returns the error of a commit. Where the database has rolled back by itself, a second rollback fails.
fn commit_error(error: DieselError) -> StoreError {
    match error {
        DieselError::RollbackErrorOnCommit { commit_error, .. } => unavailable(commit_error),
        error => unavailable(error),
    }
}

fn run(batch: &mut [Box<dyn Write>], connection: &mut AnyConnection) -> Result<(), StoreError> {
    // Nearly always every write succeeds, and none needs a savepoint of its own.
    let Err(error) = run_together(batch, connection) else {
        return Ok(());
    };
    // After some errors SQLite has rolled back by itself.
    AnyConnection::rollback_transaction(connection).map_err(|_| error)?;
    begin_on(connection).map_err(unavailable)?;
    for write in batch.iter_mut() {
        let failed = write.run(connection, true).err();
        // After some errors the database has rolled back the whole transaction, which must not be
        // continued.
        if let Some(error) = failed.filter(|error| !is_constraint_violation(error)) {
            return Err(unavailable(error));
        }
    }
    Ok(())
}

/// Returns whether a write failed for a reason of its own.
fn is_constraint_violation(error: &DieselError) -> bool {
    use DatabaseErrorKind::{
        CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation,
    };
    match error {
        DieselError::DatabaseError(kind, _) => matches!(
            kind,
            CheckViolation | ForeignKeyViolation | NotNullViolation | UniqueViolation
        ),
        _ => false,
    }
}

/// Runs all writes without savepoints, and inserts the keys that they create together. Fails if one of them must not
/// be created.
fn run_together(
    batch: &mut [Box<dyn Write>],
    connection: &mut AnyConnection,
) -> Result<(), StoreError> {
    for write in batch.iter_mut() {
        write.run(connection, false).map_err(unavailable)?;
    }
    let created = batch.iter().filter_map(|write| write.creation());
    if creations::insert(connection, created).map_err(unavailable)? {
        Ok(())
    } else {
        Err(Cause::CreatorChanged.into())
    }
}

/// Records for other servers which keys changed. Returns the epoch of the changes, or, if a write has only
/// observed one, the last epoch.
fn record(batch: &[Box<dyn Write>], connection: &mut AnyConnection) -> QueryResult<u64> {
    match connection {
        AnyConnection::Sqlite(_) => Ok(0),
        AnyConnection::Postgres(connection) => {
            let mut effects = batch.iter().map(|write| write.effect());
            let changes = effects.clone().flat_map(Effect::changes);
            let changed: Vec<_> = changes.map(|change| *change.digest()).collect();
            if !changed.is_empty() {
                crate::postgres::record(connection, &changed)
            } else if effects.any(|effect| matches!(effect, Effect::Observed)) {
                crate::postgres::epoch(connection)
            } else {
                Ok(0)
            }
        }
    }
}

/// Returns a connection in a transaction. An open connection may have been cut meanwhile.
fn begin(open: Option<AnyConnection>, database: &Database) -> Result<AnyConnection, StoreError> {
    database.check()?;
    if let Some(mut open) = open {
        open.set_time_limit(TIME_LIMIT);
        match begin_on(&mut open) {
            Ok(()) => return Ok(open),
            // SQLite has waited for the lock already.
            Err(error) if matches!(open, AnyConnection::Sqlite(_)) => {
                return Err(unavailable(error));
            }
            Err(error) => tracing::debug!(%error, "reconnecting"),
        }
    }
    let mut new = database.connect()?;
    new.set_time_limit(TIME_LIMIT);
    begin_on(&mut new).map_err(unavailable)?;
    Ok(new)
}

/// Begins with the lock that admits one writing transaction at a time: transactions of several processes
/// cannot deadlock, and are committed in the order of their epochs.
pub(crate) fn begin_on(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(connection) => {
            AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")
        }
        AnyConnection::Postgres(connection) => AnsiTransactionManager::begin_transaction_sql(
            connection,
            "BEGIN; SELECT value FROM lease_epoch FOR UPDATE",
        ),
    }
}
