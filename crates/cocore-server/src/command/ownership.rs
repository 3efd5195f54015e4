//! What it takes to check keys in memory. An SQLite file has to be this process's alone; the servers of
//! a PostgreSQL database agree among each other.

use std::time::{Duration, Instant};

use actix_web::dev::Server;
use cocore_store::{DatabaseUrl, LockError, OwnerLock, SqliteFile};

use super::{Failure, control};
use crate::http::Site;

/// How long a start waits for a command that uses the database at this moment.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long until a database that was out of reach is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// What this process has of a database.
pub(super) enum Ownership {
    /// A file, and the lock on it once it could be taken.
    File(SqliteFile, Option<OwnerLock>),
    /// A share.
    Shared,
}

impl Ownership {
    /// Makes this process the only one that uses a file. One that is out of reach may be back later, so
    /// that is no reason not to start.
    pub(super) async fn begin(url: &DatabaseUrl) -> Result<Self, Failure> {
        let Some(file) = url.sqlite() else {
            return Ok(Self::Shared);
        };
        let begin = Instant::now();
        loop {
            match OwnerLock::take(file) {
                Ok(lock) => return Ok(Self::File(file.clone(), Some(lock))),
                // A command of the operator is at work.
                Err(LockError::Held) if begin.elapsed() < PATIENCE => {
                    tokio::time::sleep(PATIENCE / 100).await;
                }
                Err(LockError::Held) => {
                    let what = format!("another server uses {url}: one file has one server");
                    return Err(Failure::new(what));
                }
                Err(LockError::Failed(why)) => {
                    tracing::error!(%why, "the database cannot be locked yet");
                    return Ok(Self::File(file.clone(), None));
                }
            }
        }
    }

    /// Reads every key, which are kept current from then on. Of a file, the server of the command line
    /// too.
    pub(super) async fn take_over(&mut self, site: &Site) -> Result<Option<Server>, String> {
        if let Self::File(file, lock @ None) = self {
            *lock = Some(OwnerLock::take(file).map_err(|error| error.to_string())?);
        }
        let followed = site.api.keys.follow().await;
        match self {
            // The store goes on trying by itself.
            Self::Shared => Ok(None),
            Self::File(file, _) => {
                followed.map_err(|error| error.to_string())?;
                control::listen(site.clone(), file)
                    .map(Some)
                    .map_err(|error| format!("no socket for the command line: {error}"))
            }
        }
    }

    /// Serves the command line for as long as this process runs, and until then tries again. Meanwhile
    /// each request is looked up in the store.
    pub(super) async fn keep(mut self, site: Site, mut taken: Result<Option<Server>, String>) {
        loop {
            match taken {
                Ok(server) => {
                    if let Some(server) = server {
                        let ended = server.await;
                        tracing::error!(?ended, "the command line is not served any more");
                    }
                    return std::future::pending().await;
                }
                Err(why) => {
                    tracing::warn!(%why, "keys are looked up one by one");
                    tokio::time::sleep(AGAIN).await;
                    taken = self.take_over(&site).await;
                }
            }
        }
    }
}
