//! The database into which keys are imported.

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

impl Destination {
    /// Finds the running server, or opens the database. A dry run neither creates nor migrates one.
    ///
    /// # Errors
    /// The database cannot be used.
    pub(super) async fn find(url: DatabaseUrl, is_dry_run: bool) -> Result<Self, Failure> {
        let is_served = url
            .sqlite()
            .is_some_and(|file| control_socket::probe(file).is_ok());
        if is_dry_run && !is_served {
            if url.sqlite().is_some_and(|file| !file.path().exists()) {
                return Ok(Self::Empty);
            }
            let found = diagnose(&url).map_err(|error| Failure::new(format!("{url}: {error}")))?;
            if found.schema.is_none() {
                return Ok(Self::Empty);
            }
            found.schema_state.map_err(|reason| {
                Failure::new(format!("{url}: {}: a dry run does not migrate it", reason))
            })?;
        }
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
