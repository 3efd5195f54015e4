//! Ownership of the database, which a server needs to check keys in memory: it locks an SQLite file for
//! itself. The servers of a PostgreSQL database coordinate through leases.

use std::time::{Duration, Instant};

use actix_web::dev::Server;
use cocore_store::{DatabaseUrl, LockError, OwnerLock, SqliteFile, Store};

use super::control;
use crate::failure::Failure;
use crate::state::AppState;

/// How long a starting server waits for the lock: a command may be using the database.
const LOCK_TIMEOUT: Duration = Duration::from_secs(3);
/// How often the lock is tried meanwhile.
const LOCK_RETRY_DELAY: Duration = Duration::from_millis(30);
/// How long until an unreachable database is tried again.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// How this process owns the database.
pub(super) enum Ownership {
    /// Alone, by the lock of an SQLite file.
    Exclusive {
        file: SqliteFile,
        /// `None` while the file cannot be reached.
        lock: Option<OwnerLock>,
        /// Whether its keys are in memory.
        is_loaded: bool,
    },
    /// Together with other servers.
    Shared,
}

impl Ownership {
    /// Locks an SQLite file. An unreachable file is no reason not to start, for it may come back: until
    /// then nothing is written.
    pub(super) async fn begin(url: &DatabaseUrl, store: &Store) -> Result<Self, Failure> {
        let Some(file) = url.sqlite() else {
            return Ok(Self::Shared);
        };
        let exclusive = |lock| Self::Exclusive {
            file: file.clone(),
            lock,
            is_loaded: false,
        };
        let begin = Instant::now();
        loop {
            match OwnerLock::take(file) {
                Ok(lock) => return Ok(exclusive(Some(lock))),
                // A command of the operator may be using it.
                Err(LockError::Held) if begin.elapsed() < LOCK_TIMEOUT => {
                    tokio::time::sleep(LOCK_RETRY_DELAY).await;
                }
                Err(LockError::Held) => {
                    let what = format!("another server uses {url}: one file has one server");
                    return Err(Failure::new(what));
                }
                Err(LockError::Failed(why)) => {
                    tracing::error!(%why, "the database cannot be locked yet");
                    store.set_read_only(true);
                    return Ok(exclusive(None));
                }
            }
        }
    }

    /// Loads all keys into memory, where they are kept current from then on. On SQLite, opens the control
    /// socket too.
    pub(super) async fn take_over(&mut self, state: &AppState) -> Result<Option<Server>, String> {
        let Self::Exclusive {
            file,
            lock,
            is_loaded,
        } = self
        else {
            // The store retries by itself.
            let _ = state.keys.subscribe().await;
            return Ok(None);
        };
        if lock.is_none() {
            *lock = Some(OwnerLock::take(file).map_err(|error| error.to_string())?);
            state.store.set_read_only(false);
        }
        if !*is_loaded {
            let read = state.keys.subscribe().await;
            read.map_err(|error| format!("each key is looked up in the store: {error}"))?;
            *is_loaded = true;
        }
        control::listen(state.clone(), file)
            .map(Some)
            .map_err(|error| format!("the control socket cannot be opened: {error}"))
    }

    /// Retries until ownership is complete, then serves the control socket for as long as this process runs.
    /// Until the keys are loaded, each request looks its key up in the store.
    pub(super) async fn keep(mut self, state: AppState, mut taken: Result<Option<Server>, String>) {
        let mut logged = None;
        loop {
            match taken {
                Ok(server) => {
                    if let Some(server) = server {
                        let result = server.await;
                        tracing::error!(?result, "the control socket is closed");
                    }
                    return std::future::pending().await;
                }
                Err(why) => {
                    if logged.as_ref() != Some(&why) {
                        tracing::warn!(%why, "the server does not own the database yet");
                    }
                    logged = Some(why);
                    tokio::time::sleep(RETRY_DELAY).await;
                    taken = self.take_over(&state).await;
                }
            }
        }
    }
}
