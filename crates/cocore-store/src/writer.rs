//! The one writer: what is asked for at the same time shares a transaction, and so a sync.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use cocore_keys::StoreError;
use diesel::connection::Connection as _;
use diesel::{QueryResult, SqliteConnection};
use tokio::sync::oneshot;

use crate::connections::unavailable;
use crate::store::Database;

/// How many writes may wait. Whoever comes then is told to come back.
const WAITING: usize = 1024;
/// How many writes share a transaction.
const TOGETHER: usize = 256;

/// How long those who came with others wait for others.
const COMPANY: Duration = Duration::from_micros(400);

/// Hands writes to the thread that does them. The thread ends when the last handle is gone.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: SyncSender<Box<dyn Write>>,
}

/// A write on its way. Each is a savepoint of the transaction, so that one that fails takes no other
/// with it.
trait Write: Send {
    fn run(&mut self, connection: &mut SqliteConnection);
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Task<T, Q, C> {
    query: Option<Q>,
    committed: C,
    result: Option<QueryResult<T>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, Q, C> Write for Task<T, Q, C>
where
    T: Send,
    Q: FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send,
    C: FnOnce(&T) + Send,
{
    fn run(&mut self, connection: &mut SqliteConnection) {
        if let Some(query) = self.query.take() {
            self.result = Some(connection.transaction(query));
        }
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.result) {
            (Err(error), _) => Err(error),
            (Ok(()), Some(result)) => result.map_err(unavailable),
            (Ok(()), None) => Err(StoreError::unavailable("a write was not done")),
        };
        if let Ok(value) = &result {
            (self.committed)(value);
        }
        // Whoever asked may have gone: what is done is done.
        let _ = self.answer.send(result);
    }
}

impl Writer {
    pub(crate) fn start(database: Arc<Database>) -> std::io::Result<Self> {
        let (queue, writes) = sync_channel(WAITING);
        let thread = thread::Builder::new().name("writer".to_owned());
        thread.spawn(move || work(&writes, &database))?;
        Ok(Self { queue })
    }

    /// Does a query in a transaction. Once it is on disk, `committed` is called on the writer's
    /// thread, in the order of the commits, whether or not anybody still waits for the answer.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
        committed: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let task = Task {
            query: Some(query),
            committed,
            result: None,
            answer,
        };
        self.queue.try_send(Box::new(task)).map_err(|error| {
            StoreError::unavailable(match error {
                TrySendError::Full(_) => "too many writes are waiting",
                TrySendError::Disconnected(_) => "the writer has ended",
            })
        })?;
        let ended = |_| Err(StoreError::unavailable("the writer has ended"));
        answered.await.unwrap_or_else(ended)
    }
}

fn work(writes: &Receiver<Box<dyn Write>>, database: &Database) {
    let mut broken: Option<StoreError> = None;
    // How many came together the last time.
    let mut company = 1;
    while let Ok(first) = writes.recv() {
        let mut batch = vec![first];
        gather(writes, &mut batch, company);
        company = batch.len();
        let committed = match &broken {
            Some(error) => Err(error.clone()),
            None => commit(&mut batch, database),
        };
        if let Err(error) = &committed
            && broken.is_none()
            && is_failed_sync(error)
        {
            // What a later sync says of the same pages is worth nothing.
            tracing::error!(%error, "a write to disk failed: no more is written until a new start");
            broken = Some(error.clone());
        }
        for write in batch {
            write.answer(committed.clone());
        }
    }
}

/// Adds what waits. Where others came at once before, they are likely on their way again: a moment's
/// wait for them costs less than a sync of their own. One who is alone never waits.
fn gather(writes: &Receiver<Box<dyn Write>>, batch: &mut Vec<Box<dyn Write>>, company: usize) {
    let until = Instant::now() + COMPANY;
    loop {
        let room = TOGETHER - batch.len();
        batch.extend(writes.try_iter().take(room));
        let left = until.saturating_duration_since(Instant::now());
        if batch.len() >= TOGETHER || company == 1 || left.is_zero() {
            return;
        }
        match writes.recv_timeout(left) {
            Ok(write) => batch.push(write),
            Err(_) => return,
        }
    }
}

fn commit(batch: &mut [Box<dyn Write>], database: &Database) -> Result<(), StoreError> {
    database.prepare()?;
    let mut connection = database.connections.writer()?;
    let done = connection.immediate_transaction(|connection| {
        batch.iter_mut().for_each(|write| write.run(connection));
        Ok::<_, diesel::result::Error>(())
    });
    done.map_err(unavailable)
}

/// SQLite's words for `SQLITE_IOERR`.
fn is_failed_sync(error: &StoreError) -> bool {
    error.to_string().contains("disk I/O error")
}
