//! Blocking work with a time limit. libpq waits for an answer for as long as the connection stands, and a
//! connection to a server or a pooler that hangs may stand for ever.

use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Sender, bounded};

use crate::database::Database;

/// Runs blocking jobs, one at a time, on a thread that is abandoned when a job takes too long.
pub(crate) struct BlockingWorker {
    /// Whether jobs run on the caller's thread without a limit: SQLite has time-outs of its own, and only
    /// the disk can hang.
    is_inline: bool,
    worker: Option<Worker>,
}

struct Worker {
    jobs: Sender<Box<dyn FnOnce() + Send>>,
    thread: JoinHandle<()>,
}

impl BlockingWorker {
    pub(crate) fn new(database: &Database) -> Self {
        Self {
            is_inline: database.is_sqlite(),
            worker: None,
        }
    }

    /// Runs a job and returns its result. Returns `None` when the limit has passed: the job continues on
    /// its thread with everything that it owns, and the next job gets a new thread.
    pub(crate) fn run<T: Send + 'static>(
        &mut self,
        limit: Duration,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if self.is_inline {
            return Some(job());
        }
        let (answer, answered) = bounded(1);
        let worker = match self.worker.take() {
            Some(worker) => worker,
            None => Worker::start()?,
        };
        let job = move || {
            // The limit may have passed.
            let _ = answer.send(job());
        };
        worker.jobs.send(Box::new(job)).ok()?;
        let result = answered.recv_timeout(limit).ok()?;
        self.worker = Some(worker);
        Some(result)
    }
}

impl Worker {
    fn start() -> Option<Self> {
        let (jobs, received) = bounded::<Box<dyn FnOnce() + Send>>(1);
        let thread = thread::Builder::new().name("database".to_owned());
        let thread = thread.spawn(move || received.into_iter().for_each(|job| job()));
        let thread = thread.ok()?;
        Some(Self { jobs, thread })
    }
}

impl Drop for BlockingWorker {
    fn drop(&mut self) {
        if let Some(Worker { jobs, thread }) = self.worker.take() {
            drop(jobs);
            let _ = thread.join();
        }
    }
}
