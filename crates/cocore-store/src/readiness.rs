//! What a store can do now, and the probe that finds out.

use std::future::Future;
use std::time::Duration;

use cocore_keys::{Reason, StoreError};

use crate::store::Store;
use crate::{migrate, seen_tokens};

/// How long a query or a write of a probe may take.
const TIMEOUT: Duration = Duration::from_secs(3);
/// For how long a write that succeeded counts. A probe writes only if there was no such write.
const WRITE_PERIOD: Duration = Duration::from_secs(60);

/// What a probe of a store found: what works, and what does not, for which reason.
///
/// The reasons are those of the errors: an operation that fails with a reason needs nothing else to be seen
/// here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Whether the database answers queries.
    pub queries: Result<(), Reason>,
    /// Whether keys can be created, revoked and deleted.
    pub changes: Result<(), Reason>,
    /// Whether the disk has room, if this process can see the disk.
    pub disk: Option<Result<(), Reason>>,
    /// Whether the schema is that of this program.
    pub schema: Result<(), Reason>,
}

impl Store {
    /// Probes the database by a query, and by a write if none has succeeded for a minute, or if there is a
    /// sign that the next will fail. `is_current`: whether keys are verified in memory. One call at a time.
    pub async fn probe(&self, is_current: bool) -> Readiness {
        let database = self.database.clone();
        let disk = tokio::task::spawn_blocking(move || database.disk());
        let compared = within(TIMEOUT, self.read(migrate::compare)).await;
        let disk = disk.await.unwrap_or_default();
        let is_writable = !matches!(disk, Some(Err(Reason::ReadOnly | Reason::DiskFull)));
        let looks_well = is_current && compared.is_ok() && is_writable;
        Readiness {
            queries: compared.map(drop),
            changes: self.probe_changes(looks_well).await,
            disk,
            schema: compared.unwrap_or_else(|reason| match reason {
                Reason::NewerSchema | Reason::OlderSchema => Err(reason),
                _ => Ok(()),
            }),
        }
    }

    /// Checks that changes are written. `looks_well`: whether an earlier write counts.
    async fn probe_changes(&self, looks_well: bool) -> Result<(), Reason> {
        self.check().map_err(|error| error.reason())?;
        let last = || {
            let now = self.database.clock.steady();
            self.writer.last().within(WRITE_PERIOD, now)
        };
        if looks_well && last() == Some(Ok(())) {
            return Ok(());
        }
        match within(TIMEOUT, self.write(seen_tokens::probe)).await {
            // Writes wait, and this may be why.
            Err(Reason::TimedOut) => Err(last().and_then(Result::err).unwrap_or(Reason::TimedOut)),
            written => written,
        }
    }
}

/// Returns the result of an operation, or `TimedOut`.
async fn within<T>(
    limit: Duration,
    operation: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, Reason> {
    match tokio::time::timeout(limit, operation).await {
        Ok(result) => result.map_err(|error| error.reason()),
        Err(_) => Err(Reason::TimedOut),
    }
}
