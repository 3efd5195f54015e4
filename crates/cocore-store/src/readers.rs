//! The readers: a few threads with a connection each, between which queries are shared out.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cocore_keys::StoreError;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::QueryResult;
use tokio::sync::oneshot;

use crate::blocking_worker::BlockingWorker;
use crate::connection::AnyConnection;
use crate::database::{Database, unavailable};
use crate::thread_group::ThreadGroup;

/// How many queries may be under way at most.
const THREADS: usize = 4;
/// How many queries may wait. Whoever comes then is told to come back.
const MAX_QUEUED: usize = 1024;
/// How long one waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// When a query is given up that nobody waits for any more.
const LIMIT: Duration = Duration::from_secs(8);

/// Hands queries to the threads. They end when the last handle is gone.
#[derive(Clone)]
pub(crate) struct Readers {
    /// None lets one of the threads end.
    queue: Sender<Option<Box<dyn Read>>>,
    threads: ThreadGroup,
}

/// A query on its way.
trait Read: Send {
    /// Runs it, unless nobody waits for it any more: whether the connection is worth keeping.
    fn run(self: Box<Self>, connection: &mut Option<AnyConnection>, database: &Database);
}

struct Task<T, Q> {
    query: Q,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, Q> Read for Task<T, Q>
where
    T: Send,
    Q: Fn(&mut AnyConnection) -> QueryResult<T> + Send,
{
    fn run(self: Box<Self>, connection: &mut Option<AnyConnection>, database: &Database) {
        if self.answer.is_closed() {
            return;
        }
        let result = match database.check() {
            Ok(()) => attempt(&self.query, connection, database),
            Err(error) => Err(error),
        };
        let _ = self.answer.send(result);
    }
}

/// Runs a query on the connection that is there, or on a new one. A connection that failed is closed;
/// one that was open before may have been cut meanwhile, and gets a second chance as a new one.
fn attempt<T>(
    query: impl Fn(&mut AnyConnection) -> QueryResult<T>,
    connection: &mut Option<AnyConnection>,
    database: &Database,
) -> Result<T, StoreError> {
    if let Some(mut open) = connection.take() {
        match query(&mut open) {
            Ok(value) => {
                *connection = Some(open);
                return Ok(value);
            }
            Err(error) => tracing::debug!(%error, "a connection is opened anew"),
        }
    }
    let mut new = database.connect()?;
    let value = query(&mut new).map_err(unavailable)?;
    *connection = Some(new);
    Ok(value)
}

impl Readers {
    pub(crate) fn start(database: &Arc<Database>) -> std::io::Result<Self> {
        let (queue, reads) = bounded(MAX_QUEUED);
        // SQLite works where it is asked: more threads than cores would only take turns.
        let number_of_threads = match database.is_sqlite() {
            true => {
                thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, THREADS))
            }
            false => THREADS,
        };
        let threads = ThreadGroup::default();
        for number in 0..number_of_threads {
            let (reads, database) = (reads.clone(), Arc::clone(database));
            threads.start(&format!("reader {number}"), move || work(&reads, &database))?;
        }
        Ok(Self { queue, threads })
    }

    /// Lets the threads end, and their connections with them.
    pub(crate) async fn close(&self) {
        // Those that are that busy are left to their work.
        if (0..self.threads.count()).all(|_| self.queue.try_send(None).is_ok()) {
            self.threads.end().await;
        }
    }

    /// Fails once a thread is gone.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.threads.check()
    }

    /// What a query gives. It may be run twice.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&mut AnyConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let task = Box::new(Task { query, answer });
        self.queue.try_send(Some(task)).map_err(|error| {
            StoreError::unavailable(match error {
                TrySendError::Full(_) => "too many queries are waiting",
                TrySendError::Disconnected(_) => "the readers have ended",
            })
        })?;
        match tokio::time::timeout(TIMEOUT, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StoreError::unavailable("a reader has ended")),
            Err(_) => Err(StoreError::unavailable(
                "the database did not answer in time",
            )),
        }
    }
}

fn work(reads: &Receiver<Option<Box<dyn Read>>>, database: &Arc<Database>) {
    let (mut worker, mut connection) = (BlockingWorker::new(database), None);
    // None is the end.
    while let Ok(Some(read)) = reads.recv() {
        let (mut own, database) = (connection.take(), Arc::clone(database));
        let done = worker.run(LIMIT, move || {
            read.run(&mut own, &database);
            own
        });
        connection = done.flatten();
    }
}
