//! The threads of a store, which have to be gone before the process ends: OpenSSL's own end must not meet
//! that of a connection, and SQLite moves its log into the file when the last connection is closed.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use cocore_keys::StoreError;

/// How long they may take to end.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How often it is looked whether they are gone.
const LOOK: Duration = Duration::from_millis(2);

#[derive(Clone, Default)]
pub(crate) struct ThreadGroup {
    running: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl ThreadGroup {
    pub(crate) fn start(&self, name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        self.lock().push(thread);
        Ok(())
    }

    /// Fails once one of them is gone.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let running = self.lock();
        let Some(gone) = running.iter().find(|one| one.is_finished()) else {
            return Ok(());
        };
        let name = gone.thread().name().unwrap_or("thread");
        Err(StoreError::unavailable(format!("the {name} has ended")))
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Waits until all are gone, for a while. They were told to end.
    pub(crate) async fn end(&self) {
        let begun = Instant::now();
        loop {
            let ended: Vec<_> = self
                .lock()
                .extract_if(.., |one| one.is_finished())
                .collect();
            for thread in ended {
                // It has nothing left to do, and what it left behind is cleared away.
                let _ = thread.join();
            }
            if self.lock().is_empty() || begun.elapsed() > TIMEOUT {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
