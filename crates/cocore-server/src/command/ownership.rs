//! Ownership of the database, which a server needs to check keys in memory: it locks an SQLite file for
//! itself until its process ends. The servers of a PostgreSQL database coordinate through leases.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use cocore_keys::StoreError;
use cocore_store::{DatabaseUrl, LockError, SqliteFile};

use super::control::{self, ControlServer};
use super::control_socket;
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
        /// Whether its keys are in memory.
        is_loaded: bool,
    },
    /// Together with other servers.
    Shared,
}

/// Why this process does not own the database yet.
#[derive(Debug, thiserror::Error)]
pub(super) enum OwnershipError {
    #[error("the database cannot be locked: {0}")]
    Lock(#[from] LockError),
    #[error("the keys cannot be loaded, and each is looked up in the store: {0}")]
    Load(#[from] StoreError),
    #[error("the control socket cannot be opened: {0}")]
    ControlSocket(#[from] io::Error),
}

impl Ownership {
    /// Locks an SQLite file. An unreachable file is no reason not to start, for it may come back: the store
    /// does not use it before it is locked.
    pub(super) async fn begin(url: &DatabaseUrl) -> Result<Self, Failure> {
        let Some(file) = url.sqlite() else {
            return Ok(Self::Shared);
        };
        let started = Instant::now();
        loop {
            match file.lock() {
                Ok(()) => break,
                // A command of the operator may be using it.
                Err(LockError::Held) if started.elapsed() < LOCK_TIMEOUT => {
                    tokio::time::sleep(LOCK_RETRY_DELAY).await;
                }
                Err(LockError::Held) => {
                    let what = format!("another server uses {url}: one file has one server");
                    return Err(Failure::new(what));
                }
                Err(LockError::Failed(cause)) => {
                    tracing::error!(%cause, "the database cannot be locked yet");
                    break;
                }
            }
        }
        if control_socket::probe(file).is_ok() {
            let socket = control_socket::path(file);
            return Err(Failure::new(format!(
                "another server runs on {}: {url} was replaced while it uses it. Stop it first",
                socket.display()
            )));
        }
        warn_of_other_users(file);
        let (file, is_loaded) = (file.clone(), false);
        Ok(Self::Exclusive { file, is_loaded })
    }

    /// Loads all keys into memory, where they are kept current from then on. On SQLite, opens the control
    /// socket too.
    ///
    /// # Errors
    /// What failed. The call can be repeated.
    pub(super) async fn take_over(
        &mut self,
        state: &AppState,
    ) -> Result<Option<ControlServer>, OwnershipError> {
        let Self::Exclusive { file, is_loaded } = self else {
            // The store retries by itself.
            let _ = state.keys.subscribe().await;
            return Ok(None);
        };
        file.lock()?;
        if !*is_loaded {
            state.keys.subscribe().await?;
            *is_loaded = true;
        }
        Ok(Some(control::listen(state.clone(), file)?))
    }

    /// Retries until ownership is complete, then serves the control socket for as long as this process runs:
    /// a socket that was removed is created again. Until the keys are loaded, each request looks its key up in the store.
    pub(super) async fn keep(
        mut self,
        state: AppState,
        mut taken: Result<Option<ControlServer>, OwnershipError>,
    ) {
        let mut logged = String::new();
        loop {
            match taken {
                Ok(None) => return std::future::pending().await,
                Ok(Some(control)) => {
                    let why = control.run().await;
                    tracing::warn!(%why, "the control socket is opened again");
                    logged.clear();
                }
                Err(error) => {
                    let error = error.to_string();
                    if logged != error {
                        tracing::warn!(%error, "the server does not own the database yet");
                    }
                    logged = error;
                }
            }
            tokio::time::sleep(RETRY_DELAY).await;
            taken = self.take_over(&state).await;
        }
    }
}

/// Logs a warning if other users can access the database. It is no reason not to start: a group may be meant to.
fn warn_of_other_users(database: &SqliteFile) {
    let Ok(metadata) = database.path().metadata() else {
        return;
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let (file, mode) = (database.path().display(), format!("{mode:04o}"));
        tracing::warn!(%file, %mode, "other users can access the database: expected mode 0600");
    }
}
