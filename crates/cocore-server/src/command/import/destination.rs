//! The database into which keys are imported.

use std::fmt::Display;

use cocore_store::{DatabaseUrl, ImportOutcome, diagnose, plan_into_empty};

use crate::command::control::Connection;
use crate::command::control_socket;
use crate::command::target::Target;
use crate::failure::Failure;
use crate::http;
use crate::import::{ImportAnswer, ImportBatch, ImportRequest};

/// Where keys are imported.
pub(super) enum Destination {
    /// By a running server, or in this process.
    Target {
        target: Box<Target>,
        connection: Option<Connection>,
    },
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
        let target = Target::find(url).await?;
        let connection = match &target {
            Target::Server(file) => Some(Connection::new(file)?),
            Target::Database { .. } => None,
        };
        let target = Box::new(target);
        Ok(Self::Target { target, connection })
    }

    /// Imports a batch, and returns what was done with each of its keys.
    ///
    /// # Errors
    /// The database is unavailable.
    pub(super) async fn import(&self, batch: ImportBatch) -> Result<Vec<ImportOutcome>, Failure> {
        let Self::Target { target, connection } = self else {
            return Ok(plan_into_empty(&batch.keys));
        };
        let answer: ImportAnswer = match (connection, &**target) {
            (Some(connection), _) => {
                let request = ImportRequest::from(&batch);
                connection.post(http::IMPORT, &request).await?
            }
            (None, Target::Database { store, url, .. }) => {
                let answer = batch.run(store).await;
                answer.map_err(|error| Failure::new(format!("{url}: {error}")))?
            }
            (None, Target::Server(_)) => return Err(Failure::new("there is no connection")),
        };
        Ok(answer.into_outcomes())
    }

    /// Closes the database.
    pub(super) async fn close(self) {
        if let Self::Target { target, .. } = self {
            target.close().await;
        }
    }
}
