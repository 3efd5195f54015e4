//! Where a command calls the methods: in the server that owns the database, or in this process.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cocore_keys::{Keys, SystemClock, SystemRandom};
use cocore_store::{DatabaseUrl, LockError, SqliteFile, Store};

use super::control_socket;
use super::output::print_note;
use crate::api::Api;
use crate::failure::Failure;
use crate::idempotency::Idempotency;
use crate::inference::{HeldLimits, Readings};
use crate::rate_limits::RateLimits;

/// How long a command waits for a process that has locked the database, and does not answer yet: a server
/// opens its control socket when it has loaded all keys.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// After how long the command reports that it waits.
const NOTE_DELAY: Duration = Duration::from_millis(300);
/// How often the command tries again meanwhile.
const RETRY_DELAY: Duration = Duration::from_millis(30);

/// Where a command calls the methods.
pub(super) enum Target {
    /// In the running server that owns the file.
    Server(SqliteFile),
    /// In this process: no server owns the file, or the servers of the database coordinate with it.
    Database {
        url: DatabaseUrl,
        api: Box<Api>,
        store: Box<Store>,
    },
}

impl Target {
    /// Finds the server that answers on the control socket of an SQLite file, or locks the file. Waits for a
    /// server that is starting, and for another command.
    ///
    /// The socket comes first: a server whose file was replaced holds no lock of the new file, and its keys
    /// would not follow what is written there.
    ///
    /// # Errors
    /// The file cannot be locked, or another process has locked it and does not answer.
    pub(super) async fn find(url: DatabaseUrl) -> Result<Self, Failure> {
        let Some(file) = url.sqlite().cloned() else {
            return Ok(Self::database(url));
        };
        let started = Instant::now();
        let mut is_noted = false;
        loop {
            let error = match control_socket::probe(&file) {
                Ok(()) => return Ok(Self::Server(file)),
                Err(error) => error,
            };
            match file.lock() {
                Ok(()) => return Ok(Self::database(url)),
                Err(LockError::Held) => {}
                Err(error @ LockError::Failed(_)) => return Err(Failure::new(error)),
            }
            let is_starting = matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::WouldBlock
            );
            if !is_starting || started.elapsed() >= START_TIMEOUT {
                let socket = control_socket::path(&file);
                return Err(Failure::new(format!(
                    "another process uses {url}, and does not answer on {}: {error}",
                    socket.display()
                )));
            }
            if !is_noted && started.elapsed() >= NOTE_DELAY {
                is_noted = true;
                print_note(&format!(
                    "waiting for another process that uses {url}: a server that is starting, or a command"
                ));
            }
            tokio::time::sleep(RETRY_DELAY).await;
        }
    }

    /// Closes the database.
    pub(super) async fn close(self) {
        if let Self::Database { store, .. } = self {
            store.close().await;
        }
    }

    fn database(url: DatabaseUrl) -> Self {
        let store = Store::open(url.clone(), Arc::new(SystemClock));
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let readings = Readings::new(store.clone(), clock.clone());
        let limits = Arc::new(HeldLimits::new(store.clone(), clock.clone()));
        let keys = Arc::new(Keys::new(store.clone(), clock, random.clone()));
        // Commands do not repeat requests.
        let idempotency = Idempotency::new(None, random);
        Self::Database {
            url,
            api: Box::new(Api::new(
                keys,
                idempotency,
                RateLimits::default(),
                limits,
                readings,
                0,
                None,
            )),
            store: Box::new(store),
        }
    }
}
