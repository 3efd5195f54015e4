//! One transaction for a batch of writes.

use cocore_keys::{Change, StoreError};
use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::api_keys;
use crate::connection::AnyConnection;
use crate::database::{Database, unavailable};
#[cfg(feature = "postgres")]
use crate::writer::Effect;
use crate::writer::Write;

/// Why nothing of a batch was done.
pub(crate) struct Failure {
    pub(crate) error: StoreError,
    /// Whether it was the commit that failed, which syncs.
    pub(crate) is_at_commit: bool,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self {
            error,
            is_at_commit: false,
        }
    }
}

/// Does all of a batch in one transaction. One that cannot be done takes no other with it. A
/// connection that failed is closed. Returns the number of the changes that all servers have to know of,
/// where there are several.
pub(crate) fn commit(
    batch: &mut [Box<dyn Write>],
    connection: &mut Option<AnyConnection>,
    database: &Database,
) -> Result<u64, Failure> {
    let mut open = begin(connection.take(), database)?;
    run(batch, &mut open)?;
    let epoch = record(batch, &mut open).map_err(unavailable)?;
    AnyConnection::commit_transaction(&mut open).map_err(|error| Failure {
        error: unavailable(error),
        is_at_commit: true,
    })?;
    *connection = Some(open);
    Ok(epoch)
}

fn run(batch: &mut [Box<dyn Write>], connection: &mut AnyConnection) -> Result<(), StoreError> {
    // Nearly always each can be done, and none needs a savepoint of its own.
    if run_together(batch, connection) {
        return Ok(());
    }
    AnyConnection::rollback_transaction(connection).map_err(unavailable)?;
    begin_on(connection).map_err(unavailable)?;
    for write in batch.iter_mut() {
        let failed = write.run(connection, true).err();
        // After some errors the database has ended the whole transaction, which must not be taken for
        // one that goes on.
        if let Some(error) = failed.filter(|error| !is_refusal(error)) {
            return Err(unavailable(error));
        }
    }
    Ok(())
}

/// Whether a write alone was at fault.
fn is_refusal(error: &DieselError) -> bool {
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

/// Whether all could be done.
fn run_together(batch: &mut [Box<dyn Write>], connection: &mut AnyConnection) -> bool {
    let mut done = batch.iter_mut().map(|write| write.run(connection, false));
    if !done.all(|done| done.is_ok()) {
        return false;
    }
    let changes = batch.iter().filter_map(|write| write.change());
    api_keys::insert(connection, changes.filter_map(Change::created)).is_ok()
}

/// Writes down for other servers what has changed: the number of the changes, or of the last ones that
/// the batch may have seen.
#[cfg_attr(not(feature = "postgres"), allow(unused_variables))]
fn record(batch: &[Box<dyn Write>], connection: &mut AnyConnection) -> QueryResult<u64> {
    match connection {
        AnyConnection::Sqlite(_) => Ok(0),
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            let changes = batch.iter().filter_map(|write| write.change());
            let changes = changes.map(Change::digest).collect::<Vec<_>>();
            let mut effects = batch.iter().map(|write| write.effect());
            match changes.is_empty() {
                false => crate::postgres::record(connection, &changes),
                true if effects.any(Effect::is_observed) => crate::postgres::epoch(connection),
                true => Ok(0),
            }
        }
    }
}

/// A connection in a transaction. The one that was there may have been cut meanwhile.
fn begin(open: Option<AnyConnection>, database: &Database) -> Result<AnyConnection, StoreError> {
    database.check()?;
    if let Some(mut open) = open {
        match begin_on(&mut open) {
            Ok(()) => return Ok(open),
            // It has waited already.
            Err(error) if matches!(open, AnyConnection::Sqlite(_)) => {
                return Err(unavailable(error));
            }
            Err(error) => tracing::debug!(%error, "a connection is opened anew"),
        }
    }
    let mut new = database.connect()?;
    begin_on(&mut new).map_err(unavailable)?;
    Ok(new)
}

/// Begins with the lock that lets one write at a time: so transactions of several processes never wait
/// for each other in a circle, and are committed in the order of their epochs.
pub(crate) fn begin_on(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        AnyConnection::Sqlite(connection) => {
            AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")
        }
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => AnsiTransactionManager::begin_transaction_sql(
            connection,
            "BEGIN; SELECT value FROM key_epoch FOR UPDATE",
        ),
    }
}
