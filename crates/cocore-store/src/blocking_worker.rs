//! Work with a limit of time. libpq waits for an answer for as long as the connection stands, and one to
//! a server or a pooler that hangs may stand for ever.

use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Sender, bounded};

use crate::database::Database;

/// Somebody who works, and who is left behind when it takes too long.
pub(crate) struct BlockingWorker {
    /// SQLite is waited for: it keeps its own limits, and only the disk can hang.
    is_trusted: bool,
    working: Option<Worker>,
}

struct Worker {
    jobs: Sender<Box<dyn FnOnce() + Send>>,
    thread: JoinHandle<()>,
}

impl BlockingWorker {
    pub(crate) fn new(database: &Database) -> Self {
        Self {
            is_trusted: database.is_sqlite(),
            working: None,
        }
    }

    /// What the work gives; none if it took longer. It goes on by itself then, with all that it has.
    pub(crate) fn run<T: Send + 'static>(
        &mut self,
        limit: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if self.is_trusted {
            return Some(work());
        }
        let (answer, answered) = bounded(1);
        let working = match self.working.take() {
            Some(working) => working,
            None => Worker::start()?,
        };
        let job = move || {
            // Nobody may wait any more.
            let _ = answer.send(work());
        };
        working.jobs.send(Box::new(job)).ok()?;
        let done = answered.recv_timeout(limit).ok()?;
        self.working = Some(working);
        Some(done)
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
        if let Some(Worker { jobs, thread }) = self.working.take() {
            drop(jobs);
            let _ = thread.join();
        }
    }
}
