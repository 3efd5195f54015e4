//! The readers: threads with a connection each that take queries from one queue.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use cocore_keys::StoreError;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::QueryResult;
use tokio::sync::oneshot;

use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::{Cause, unavailable};
use crate::statistics::QueueStatistics;
use crate::thread_group::ThreadGroup;

/// How many queries run at a time.
const MAX_THREADS: usize = 4;
/// How many queries may wait. Further ones are rejected.
const MAX_QUEUED: usize = 1024;
/// How long the caller of a query waits for the answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a query may take on PostgreSQL before its connection is closed. Its caller has timed out by then.
const QUERY_TIMEOUT: Duration = Duration::from_secs(8);

/// A handle of the readers' threads, which end with the last handle.
#[derive(Clone)]
pub(crate) struct Readers {
    /// `None` ends one of the threads.
    queue: Sender<Option<Box<dyn Read>>>,
    rejected: Arc<AtomicU64>,
    threads: ThreadGroup,
}

/// A query on its way to the database.
trait Read: Send {
    /// Runs and answers the query, unless its caller has timed out. A connection that failed is closed.
    fn run(self: Box<Self>, connection: &mut Option<AnyConnection>, database: &Database);
}

struct Query<T, Q> {
    query: Q,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, Q> Read for Query<T, Q>
where
    T: Send,
    Q: Fn(&mut AnyConnection) -> QueryResult<T> + Send,
{
    fn run(self: Box<Self>, connection: &mut Option<AnyConnection>, database: &Database) {
        if self.answer.is_closed() {
            return;
        }
        let result = match database.check_file() {
            Ok(()) => attempt(&self.query, connection, database),
            Err(error) => Err(error),
        };
        let _ = self.answer.send(result);
    }
}

/// Runs a query on the open connection or on a new one. If it fails on one that was open before, which may
/// have been cut meanwhile, it is run again on a new one.
fn attempt<T>(
    query: impl Fn(&mut AnyConnection) -> QueryResult<T>,
    connection: &mut Option<AnyConnection>,
    database: &Database,
) -> Result<T, StoreError> {
    if let Some(mut open) = connection.take() {
        open.set_time_limit(QUERY_TIMEOUT);
        match query(&mut open) {
            Ok(value) => {
                *connection = Some(open);
                return Ok(value);
            }
            Err(error) => tracing::debug!(%error, "reconnecting"),
        }
    }
    let mut new = database.connect()?;
    new.set_time_limit(QUERY_TIMEOUT);
    let value = query(&mut new).map_err(unavailable)?;
    *connection = Some(new);
    Ok(value)
}

impl Readers {
    pub(crate) fn start(database: &Arc<Database>) -> std::io::Result<Self> {
        let (queue, queries) = bounded(MAX_QUEUED);
        // SQLite works on the caller's thread: more threads than cores would only take turns.
        let number_of_threads = if database.is_sqlite() {
            let cores = thread::available_parallelism();
            cores.map_or(2, |cores| cores.get().clamp(2, MAX_THREADS))
        } else {
            MAX_THREADS
        };
        let threads = ThreadGroup::default();
        for number in 0..number_of_threads {
            let (queries, database) = (queries.clone(), Arc::clone(database));
            threads.spawn(&format!("reader {number}"), move || {
                run(&queries, &database)
            })?;
        }
        let rejected = Arc::default();
        Ok(Self {
            queue,
            rejected,
            threads,
        })
    }

    /// Ends the threads, and closes their connections.
    pub(crate) async fn close(&self) {
        // With a full queue, the threads are left running.
        if (0..self.threads.count()).all(|_| self.queue.try_send(None).is_ok()) {
            self.threads.join().await;
        }
    }

    /// Fails once a thread has exited.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.threads.check()
    }

    /// Returns the state of the queue.
    pub(crate) fn queue_statistics(&self) -> QueueStatistics {
        QueueStatistics {
            name: "queries",
            depth: self.queue.len(),
            capacity: MAX_QUEUED,
            rejected: self.rejected.load(Ordering::Relaxed),
        }
    }

    /// Returns the result of a query. It may be run twice.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&mut AnyConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let stopped = || Cause::Stopped("reader".to_owned());
        let (answer, answered) = oneshot::channel();
        let query = Box::new(Query { query, answer });
        self.queue
            .try_send(Some(query))
            .map_err(|error| match error {
                TrySendError::Full(_) => {
                    self.rejected.fetch_add(1, Ordering::Relaxed);
                    Cause::QueueFull("queries")
                }
                TrySendError::Disconnected(_) => stopped(),
            })?;
        // A timer is large, and aligned to 128 bytes: in a box, the futures of the callers are neither.
        match Box::pin(tokio::time::timeout(TIMEOUT, answered)).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(stopped().into()),
            Err(_) => Err(Cause::TimedOut.into()),
        }
    }
}

/// The loop of a thread.
fn run(queries: &Receiver<Option<Box<dyn Read>>>, database: &Database) {
    let slot = database.slot();
    while let Ok(Some(query)) = queries.recv() {
        let mut connection = slot.lock().unwrap_or_else(PoisonError::into_inner);
        query.run(&mut connection, database);
    }
}
