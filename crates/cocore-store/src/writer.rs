//! The writer: one thread that runs the writes that arrive together in one transaction with one sync.

use std::iter;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use cocore_keys::{Creation, LiveKeys, Reason, StoreError};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use diesel::QueryResult;
use tokio::sync::oneshot;

use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::Cause;
use crate::last_write::LastWrite;
use crate::sqlite::{CheckpointError, Log};
use crate::statistics::{QueueStatistics, WriterCounters};
use crate::subscribers::Subscribers;
use crate::thread_group::ThreadGroup;
use crate::transaction::{self, BatchError};
use crate::write::{Answer, CreateKey, Outcome, Query, TIMEOUT, Write};

/// How many writes may wait. Further ones are rejected.
const MAX_QUEUED: usize = 1024;
/// How many writes share a transaction.
const MAX_BATCH: usize = 256;
/// How often the log of an SQLite database is checked while nothing is written.
const LOG_INTERVAL: Duration = Duration::from_millis(250);

/// A handle of the writer's thread, which ends with the last handle.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: Sender<Message>,
    /// Why nothing is written any more.
    disk_error: Arc<OnceLock<StoreError>>,
    last: Arc<LastWrite>,
    counters: Arc<WriterCounters>,
    rejected: Arc<AtomicU64>,
    thread: ThreadGroup,
}

enum Message {
    Write(Box<dyn Write>),
    /// Load all live keys into a set, and keep it current.
    Subscribe(Arc<LiveKeys>, oneshot::Sender<Result<(), StoreError>>),
    /// Remove the keys from that set that expired before a time.
    EvictExpired(DateTime<Utc>, oneshot::Sender<Result<usize, StoreError>>),
    /// End, once everything queued before is done.
    Close,
}

impl Writer {
    pub(crate) fn start(
        database: Arc<Database>,
        subscribers: Subscribers,
    ) -> std::io::Result<Self> {
        let (queue, messages) = bounded(MAX_QUEUED);
        let disk_error = Arc::new(OnceLock::new());
        let last = Arc::new(LastWrite::default());
        let counters = Arc::new(WriterCounters::default());
        let state = WriterState {
            log: database.file().map(Log::new),
            database,
            subscribers,
            connection: None,
            old: Vec::new(),
            disk_error: disk_error.clone(),
            last: last.clone(),
            counters: counters.clone(),
        };
        let thread = ThreadGroup::default();
        thread.spawn("writer", move || state.run(&messages))?;
        Ok(Self {
            queue,
            disk_error,
            last,
            counters,
            rejected: Arc::default(),
            thread,
        })
    }

    /// Returns what the thread has done.
    pub(crate) fn counters(&self) -> &WriterCounters {
        &self.counters
    }

    /// Returns the state of the queue.
    pub(crate) fn queue_statistics(&self) -> QueueStatistics {
        QueueStatistics {
            name: "writes",
            depth: self.queue.len(),
            capacity: MAX_QUEUED,
            rejected: self.rejected.load(Ordering::Relaxed),
        }
    }

    /// Returns the outcome of the last transaction.
    pub(crate) fn last(&self) -> &LastWrite {
        &self.last
    }

    /// Fails once nothing is written any more.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.thread.check()?;
        self.disk_error
            .get()
            .map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Runs a query in a transaction. It is answered once it is on disk and every subscriber reflects its
    /// effect. It is run again if it or another write of its batch failed the first time.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        query: impl Fn(&mut AnyConnection) -> QueryResult<(T, Outcome)> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (write, answer) = Query::new(query);
        self.submit(Box::new(write), answer).await
    }

    /// Stores a key in the same way, unless its creator is not as it was. Returns whether it was stored.
    pub(crate) async fn create(&self, creation: Creation) -> Result<bool, StoreError> {
        let (write, answer) = CreateKey::new(creation);
        self.submit(Box::new(write), answer).await
    }

    async fn submit<T>(&self, write: Box<dyn Write>, answer: Answer<T>) -> Result<T, StoreError> {
        self.send(Message::Write(write))?;
        // In a box for the same reason as the timers of the readers.
        match Box::pin(tokio::time::timeout(TIMEOUT, answer)).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(stopped()),
            Err(_) => Err(Cause::TimedOut.into()),
        }
    }

    /// Loads all live keys into a set, and keeps it current from then on. Nothing is written meanwhile.
    pub(crate) async fn subscribe(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Subscribe(live, answer))?;
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Removes the keys from that set that expired before a time, and returns their number.
    pub(crate) async fn evict_expired(&self, before: DateTime<Utc>) -> Result<usize, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::EvictExpired(before, answer))?;
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Ends the thread, and closes its connection.
    pub(crate) async fn close(&self) {
        // With a full queue, the thread is left running.
        if self.send(Message::Close).is_ok() {
            self.thread.join().await;
        }
    }

    fn send(&self, message: Message) -> Result<(), StoreError> {
        self.queue.try_send(message).map_err(|error| match error {
            TrySendError::Full(_) => {
                self.rejected.fetch_add(1, Ordering::Relaxed);
                Cause::QueueFull("writes").into()
            }
            TrySendError::Disconnected(_) => stopped(),
        })
    }
}

fn stopped() -> StoreError {
    Cause::Stopped("writer".to_owned()).into()
}

/// The state of the thread.
struct WriterState {
    database: Arc<Database>,
    subscribers: Subscribers,
    /// Of an SQLite database.
    log: Option<Log>,
    connection: Option<AnyConnection>,
    /// Connections to a log that was removed, until what is in it is moved into the database.
    old: Vec<AnyConnection>,
    disk_error: Arc<OnceLock<StoreError>>,
    last: Arc<LastWrite>,
    counters: Arc<WriterCounters>,
}

impl WriterState {
    fn run(mut self, messages: &Receiver<Message>) {
        while let Some(first) = self.next(messages) {
            let mut batch = Vec::new();
            let (mut requests, mut is_closing) = (Vec::new(), false);
            // Those that arrived while the last batch was written: the slower the disk, the larger the
            // batch.
            for message in iter::once(first).chain(messages.try_iter().take(MAX_BATCH - 1)) {
                match message {
                    Message::Write(write) => batch.push(write),
                    Message::Close => is_closing = true,
                    request => requests.push(request),
                }
            }
            batch.retain(|write| !write.is_abandoned());
            if !batch.is_empty() {
                let begun = Instant::now();
                self.commit(batch);
                self.maintain_log();
                self.counters.add_busy(begun.elapsed());
            }
            for request in requests {
                self.handle(request);
            }
            if is_closing {
                return;
            }
        }
    }

    /// Waits for the next message, and maintains the log meanwhile.
    fn next(&mut self, messages: &Receiver<Message>) -> Option<Message> {
        while self.log.is_some() {
            match messages.recv_timeout(LOG_INTERVAL) {
                Err(RecvTimeoutError::Timeout) => self.maintain_log(),
                received => return received.ok(),
            }
        }
        messages.recv().ok()
    }

    /// Moves the log of an SQLite database into the database if it is time to, or if the log was removed.
    fn maintain_log(&mut self) {
        let (Some(log), None) = (&mut self.log, self.disk_error.get()) else {
            return;
        };
        let maintained = match self.database.check() {
            Err(error) if error.reason() == Reason::LogRemoved => {
                tracing::error!(%error, "connections are closed");
                self.old.extend(self.connection.take());
                self.old
                    .extend(log.take_connection().map(AnyConnection::Sqlite));
                self.database.reopen(&mut self.old)
            }
            // The file may be back later.
            Err(_) => return,
            Ok(()) => match self.database.locked_file() {
                Some(file) => log.maintain(file, self.database.clock.steady()),
                None => return,
            },
        };
        match maintained {
            Ok(()) => {}
            Err(CheckpointError::NotMoved(error)) => {
                tracing::debug!(%error, "the log cannot be moved into the database now");
            }
            Err(CheckpointError::Sync(error)) => self.stop_writing(error),
        }
    }

    /// Rejects all writes from now on, after a failed sync: a later sync of the same pages may succeed
    /// without having written them.
    fn stop_writing(&mut self, error: StoreError) {
        tracing::error!(%error, "a write to disk failed: nothing is written until the server is restarted");
        let _ = self.disk_error.set(error);
        // The last connection that is closed would remove the log.
        let log = self.log.as_mut().and_then(Log::take_connection);
        self.old.extend(log.map(AnyConnection::Sqlite));
        self.old.extend(self.connection.take());
        std::mem::forget(std::mem::take(&mut self.old));
    }

    /// Handles what concerns the subscribed set.
    fn handle(&mut self, request: Message) {
        match request {
            Message::Subscribe(live, answer) => {
                let (connection, database) = (&mut self.connection, &self.database);
                let loaded = self.subscribers.subscribe(&live, connection, database);
                let _ = answer.send(loaded);
            }
            Message::EvictExpired(before, answer) => {
                let _ = answer.send(Ok(self.subscribers.evict_expired(before)));
            }
            Message::Write(_) | Message::Close => {}
        }
    }

    fn commit(&mut self, mut batch: Vec<Box<dyn Write>>) {
        if let Err(error) = self.database.check()
            && error.reason() == Reason::LogRemoved
        {
            self.maintain_log();
        }
        let committed = match self.disk_error.get() {
            Some(error) => Err(error.clone().into()),
            None => transaction::commit(&mut batch, &mut self.connection, &self.database),
        };
        let error = match committed {
            Ok(epoch) => {
                self.counters.count_batch(batch.len(), true);
                self.last.record(&self.database, Ok(()));
                if let Some(log) = &mut self.log {
                    log.wrote(batch.len(), self.database.clock.steady());
                }
                return self.subscribers.publish(epoch, batch, &self.database);
            }
            Err(BatchError::Failed(error)) => error,
            Err(BatchError::Sync(error)) => {
                self.stop_writing(error.clone());
                error
            }
        };
        self.counters.count_batch(batch.len(), false);
        self.last.record(&self.database, Err(error.reason()));
        for write in batch {
            write.answer(Err(error.clone()));
        }
    }
}
