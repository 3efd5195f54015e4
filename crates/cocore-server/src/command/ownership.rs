//! What it takes to check keys in memory. An SQLite file has to be this process's alone; the servers of
//! a PostgreSQL database agree among each other.

use std::time::{Duration, Instant};

use actix_web::dev::Server;
use cocore_store::{DatabaseUrl, LockError, OwnerLock, SqliteFile, Store};

use super::{Failure, control};
use crate::http::Site;

/// How long a start waits for a command that uses the database at this moment.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long until a database that was out of reach is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// What this process has of a database.
pub(super) enum Ownership {
    /// The whole of it, which is a file.
    Whole {
        file: SqliteFile,
        /// Once it could be taken.
        lock: Option<OwnerLock>,
        /// Whether its keys were read.
        has_read: bool,
    },
    /// A share.
    Shared,
}

impl Ownership {
    /// Makes this process the only one that uses a file. One that is out of reach may be back later, so
    /// that is no reason not to start: until then nothing is written.
    pub(super) async fn begin(url: &DatabaseUrl, store: &Store) -> Result<Self, Failure> {
        let Some(file) = url.sqlite() else {
            return Ok(Self::Shared);
        };
        let whole = |lock| Self::Whole {
            file: file.clone(),
            lock,
            has_read: false,
        };
        let begin = Instant::now();
        loop {
            match OwnerLock::take(file) {
                Ok(lock) => return Ok(whole(Some(lock))),
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
                    store.set_read_only(true);
                    return Ok(whole(None));
                }
            }
        }
    }

    /// Reads every key, which are kept current from then on. Of a file, the server of the command line
    /// too.
    pub(super) async fn take_over(&mut self, site: &Site) -> Result<Option<Server>, String> {
        let Self::Whole {
            file,
            lock,
            has_read,
        } = self
        else {
            // The store goes on trying by itself.
            let _ = site.api.keys.subscribe().await;
            return Ok(None);
        };
        if lock.is_none() {
            *lock = Some(OwnerLock::take(file).map_err(|error| error.to_string())?);
            site.door.store.set_read_only(false);
        }
        if !*has_read {
            let read = site.api.keys.subscribe().await;
            read.map_err(|error| format!("keys are looked up one by one: {error}"))?;
            *has_read = true;
        }
        control::listen(site.clone(), file)
            .map(Some)
            .map_err(|error| format!("no socket for the command line: {error}"))
    }

    /// Serves the command line for as long as this process runs, and tries again until it can. Until the
    /// keys were read, each request is looked up in the store.
    pub(super) async fn keep(mut self, site: Site, mut taken: Result<Option<Server>, String>) {
        let mut told = None;
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
                    if told.as_ref() != Some(&why) {
                        tracing::warn!(%why, "the database is not taken over yet");
                    }
                    told = Some(why);
                    tokio::time::sleep(AGAIN).await;
                    taken = self.take_over(&site).await;
                }
            }
        }
    }
}
