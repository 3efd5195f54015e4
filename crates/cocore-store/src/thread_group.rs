//! The threads of a part of the store. They have to exit before the process: OpenSSL's clean-up must not
//! run while a connection is being closed, and SQLite moves its log into the file when the last connection
//! is closed.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cocore_keys::StoreError;

use crate::error::Cause;

/// The longest time for which [`ThreadGroup::join`] waits.
const JOIN_TIMEOUT: Duration = Duration::from_secs(3);
/// The time between two checks whether the threads have exited.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// A group of named threads.
#[derive(Clone, Default)]
pub(crate) struct ThreadGroup {
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl ThreadGroup {
    pub(crate) fn spawn(&self, name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        self.lock().push(thread);
        Ok(())
    }

    /// Fails once a thread has exited.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let threads = self.lock();
        let Some(exited) = threads.iter().find(|thread| thread.is_finished()) else {
            return Ok(());
        };
        let name = exited.thread().name().unwrap_or("thread");
        Err(Cause::Stopped(name.to_owned()).into())
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Waits until all threads have exited, for [`JOIN_TIMEOUT`] at most. The caller has stopped them.
    pub(crate) async fn join(&self) {
        let start = Instant::now();
        loop {
            let exited: Vec<_> = self
                .lock()
                .extract_if(.., |thread| thread.is_finished())
                .collect();
            for thread in exited {
                // This waits for the end of its destructors, and no longer.
                let _ = thread.join();
            }
            if self.lock().is_empty() || start.elapsed() > JOIN_TIMEOUT {
                return;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
