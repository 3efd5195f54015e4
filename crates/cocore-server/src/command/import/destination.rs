//! The database into which keys are imported.

use std::fmt::Display;

use cocore_store::{DatabaseUrl, ImportOutcome, Store, diagnose, plan_into_empty};

use crate::command::control::Connection;
use crate::command::control_socket;
use crate::command::target::Target;
use crate::failure::Failure;
use crate::http;
use crate::import::{ImportAnswer, ImportBatch, ImportRequest};

/// Where keys are imported.
pub(super) enum Destination {
    /// By a running server.
    Server(Connection),
    /// In this process.
    Database { url: DatabaseUrl, store: Box<Store> },
    /// Nowhere: the database of a dry run does not exist yet.
    Empty,
}

/// Returns whether there is no database yet, for a dry run, which neither creates nor migrates one. It blocks.
///
/// # Errors
/// The database cannot be read, or has the schema of another version.
pub(super) fn is_missing(url: &DatabaseUrl) -> Result<bool, Failure> {
    let file = url.sqlite();
    // Its server has migrated it.
    if file.is_some_and(|file| control_socket::probe(file).is_ok()) {
        return Ok(false);
    }
    if file.is_some_and(|file| !file.path().exists()) {
        return Ok(true);
    }
    let failed = |why: &dyn Display| Failure::new(format!("{url}: {why}"));
    let found = diagnose(url).map_err(|error| failed(&error))?;
    if found.schema.is_none() {
        return Ok(true);
    }
    let state = found.schema_state;
    state.map_err(|why| failed(&format!("{why}: a dry run does not migrate it")))?;
    Ok(false)
}

impl Destination {
    /// Finds the running server, or opens the database.
    ///
    /// # Errors
    /// The database cannot be used.
    pub(super) async fn find(url: DatabaseUrl) -> Result<Self, Failure> {
        Ok(match Target::find(url).await? {
            Target::Server(file) => Self::Server(Connection::new(&file)?),
            Target::Database { url, store, .. } => Self::Database { url, store },
        })
    }

    /// Imports a batch, and returns what was done with each of its keys.
    ///
    /// # Errors
    /// The database is unavailable.
    pub(super) async fn import(&self, batch: ImportBatch) -> Result<Vec<ImportOutcome>, Failure> {
        let answer: ImportAnswer = match self {
            Self::Empty => return Ok(plan_into_empty(&batch.keys)),
            Self::Server(connection) => {
                let request = ImportRequest::from(&batch);
                connection.post(http::IMPORT, &request).await?
            }
            Self::Database { url, store } => {
                let answer = batch.run(store).await;
                answer.map_err(|error| Failure::new(format!("{url}: {error}")))?
            }
        };
        Ok(answer.into_outcomes())
    }

    /// Closes the database.
    pub(super) async fn close(self) {
        if let Self::Database { store, .. } = self {
            store.close().await;
        }
    }
}
