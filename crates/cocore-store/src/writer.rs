//! The one writer: what is asked for at the same time shares a transaction, and so a sync.

use std::iter;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use cocore_keys::{Change, LiveKeys, StoreError};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::QueryResult;
use diesel::connection::Connection as _;
use diesel::result::Error as DieselError;
use tokio::sync::oneshot;

use crate::api_keys;
use crate::blocking_worker::BlockingWorker;
use crate::connection::AnyConnection;
use crate::database::{Database, unavailable};
use crate::thread_group::ThreadGroup;
use crate::transaction::{self, Failure};

/// How many writes may wait. Whoever comes then is told to come back.
const MAX_QUEUED: usize = 1024;
/// How many writes share a transaction.
const MAX_BATCH: usize = 256;
/// How long one waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// When a transaction is given up that nobody waits for any more.
const LIMIT: Duration = Duration::from_secs(12);

/// Hands writes to the thread that does them. The thread ends when the last handle is gone.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: Sender<Message>,
    broken: Arc<OnceLock<StoreError>>,
    /// Whether nothing may be written, as long as the database may be another process's.
    is_read_only: Arc<AtomicBool>,
    thread: ThreadGroup,
}

enum Message {
    Write(Box<dyn Write>),
    /// Read all live keys into a set, and keep it current.
    Subscribe(Arc<LiveKeys>, oneshot::Sender<Result<(), StoreError>>),
    /// End, once everything before this is done.
    Close,
}

/// Who is told of changes that are on disk, before they are answered.
pub(crate) enum Subscribers {
    /// Nobody else writes to the database: the set of this process, if it has one.
    Local(Option<Arc<LiveKeys>>),
    /// Every server of the database.
    #[cfg(feature = "postgres")]
    Cluster(crate::postgres::LeaseCoordinator),
}

/// What a write means for those who follow the keys.
pub(crate) enum Effect {
    None,
    Change(Change),
    /// It found out what an earlier change did, and must not be answered before that change is known to
    /// all: nobody may have been told of it yet.
    Observed,
}

#[cfg(feature = "postgres")]
impl Effect {
    pub(crate) fn is_observed(&self) -> bool {
        matches!(self, Self::Observed)
    }

    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// A write on its way.
pub(crate) trait Write: Send {
    /// Does it, or tells why it could not be done. Alone, it is a savepoint of its own, and inserts the key that
    /// it has made; otherwise that remains to be done.
    fn run(&mut self, connection: &mut AnyConnection, alone: bool) -> Result<(), &DieselError>;

    /// What it means, once it was done.
    fn effect(&self) -> &Effect;

    /// What it has changed of the keys.
    fn change(&self) -> Option<&Change> {
        match self.effect() {
            Effect::Change(change) => Some(change),
            Effect::None | Effect::Observed => None,
        }
    }

    /// Whether whoever asked for it was told that it was not done.
    fn is_given_up(&self) -> bool;

    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Task<T, Q> {
    query: Q,
    result: Option<QueryResult<(T, Effect)>>,
    asked: Instant,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, Q> Write for Task<T, Q>
where
    T: Send,
    Q: Fn(&mut AnyConnection) -> QueryResult<(T, Effect)> + Send,
{
    fn run(&mut self, connection: &mut AnyConnection, alone: bool) -> Result<(), &DieselError> {
        let result = match alone {
            true => connection.transaction(|connection| {
                let done = (self.query)(connection)?;
                if let Effect::Change(change) = &done.1 {
                    api_keys::insert(connection, change.created())?;
                }
                Ok(done)
            }),
            false => (self.query)(connection),
        };
        self.result.insert(result).as_ref().map(drop)
    }

    fn effect(&self) -> &Effect {
        match &self.result {
            Some(Ok((_, effect))) => effect,
            _ => &Effect::None,
        }
    }

    fn is_given_up(&self) -> bool {
        self.answer.is_closed() && self.asked.elapsed() >= TIMEOUT
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.result) {
            (Err(error), _) => Err(error),
            (Ok(()), Some(result)) => result.map(|(value, _)| value).map_err(unavailable),
            (Ok(()), None) => Err(StoreError::unavailable("a write was not done")),
        };
        // Whoever asked may have gone: what is done is done.
        let _ = self.answer.send(result);
    }
}

impl Writer {
    pub(crate) fn start(
        database: Arc<Database>,
        subscribers: Subscribers,
    ) -> std::io::Result<Self> {
        let (queue, messages) = bounded(MAX_QUEUED);
        let broken = Arc::new(OnceLock::new());
        let work = Work {
            worker: BlockingWorker::new(&database),
            database,
            subscribers,
            connection: None,
            broken: broken.clone(),
        };
        let thread = ThreadGroup::default();
        thread.start("writer", move || work.run(&messages))?;
        Ok(Self {
            queue,
            broken,
            is_read_only: Arc::default(),
            thread,
        })
    }

    /// Fails once nothing is written any more.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.thread.check()?;
        self.broken.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Does a query in a transaction. Once it is on disk, and whoever follows knows of the change, it
    /// is answered. It may be run twice, if it or another one failed the first time. A key that it says
    /// it has made is inserted then, with those of the others.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        query: impl Fn(&mut AnyConnection) -> QueryResult<(T, Effect)> + Send + 'static,
    ) -> Result<T, StoreError> {
        if self.is_read_only.load(Ordering::SeqCst) {
            let why = "the database may be another process's: it is not locked yet";
            return Err(StoreError::unavailable(why));
        }
        let (answer, answered) = oneshot::channel();
        let task = Task {
            query,
            result: None,
            asked: Instant::now(),
            answer,
        };
        self.send(Message::Write(Box::new(task)))?;
        match tokio::time::timeout(TIMEOUT, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(ended()),
            Err(_) => Err(StoreError::unavailable(
                "the database did not answer in time",
            )),
        }
    }

    /// Reads all live keys into a set, and keeps it current. Nothing is written meanwhile.
    pub(crate) async fn subscribe(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Subscribe(live, answer))?;
        answered.await.unwrap_or_else(|_| Err(ended()))
    }

    pub(crate) fn set_read_only(&self, is_read_only: bool) {
        self.is_read_only.store(is_read_only, Ordering::SeqCst);
    }

    /// Lets the thread end, and its connection with it.
    pub(crate) async fn close(&self) {
        // One that is that busy is left to its work.
        if self.send(Message::Close).is_ok() {
            self.thread.end().await;
        }
    }

    fn send(&self, message: Message) -> Result<(), StoreError> {
        self.queue.try_send(message).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::unavailable("too many writes are waiting"),
            TrySendError::Disconnected(_) => ended(),
        })
    }
}

fn ended() -> StoreError {
    StoreError::unavailable("the writer has ended")
}

/// What the thread has.
struct Work {
    worker: BlockingWorker,
    database: Arc<Database>,
    subscribers: Subscribers,
    connection: Option<AnyConnection>,
    /// Why nothing is written any more.
    broken: Arc<OnceLock<StoreError>>,
}

impl Work {
    fn run(mut self, messages: &Receiver<Message>) {
        while let Ok(first) = messages.recv() {
            let mut batch = Vec::new();
            let (mut follow, mut is_over) = (None, false);
            // Those who came while the last ones were written: the slower the disk, the more they are.
            for message in iter::once(first).chain(messages.try_iter().take(MAX_BATCH - 1)) {
                match message {
                    Message::Write(write) => batch.push(write),
                    Message::Subscribe(live, answer) => follow = Some((live, answer)),
                    Message::Close => is_over = true,
                }
            }
            batch.retain(|write| !write.is_given_up());
            if !batch.is_empty() {
                self.commit(batch);
            }
            if let Some((live, answer)) = follow {
                let _ = answer.send(self.subscribe(live));
            }
            if is_over {
                return;
            }
        }
    }

    fn commit(&mut self, mut batch: Vec<Box<dyn Write>>) {
        let (mut open, database) = (self.connection.take(), self.database.clone());
        let broken = self.broken.get().cloned();
        let done = self.worker.run(LIMIT, move || {
            let committed = match broken {
                Some(error) => Err(error.into()),
                None => transaction::commit(&mut batch, &mut open, &database),
            };
            (committed, batch, open)
        });
        let Some((committed, batch, open)) = done else {
            return tracing::warn!("the database did not answer: a connection is given up");
        };
        self.connection = open;
        match committed {
            Ok(epoch) => self.subscribers.tell(epoch, batch, &self.database),
            Err(Failure {
                error,
                is_at_commit,
            }) => {
                // What a later sync says of the same pages is worth nothing.
                if is_at_commit && is_failed_sync(&error) && self.broken.set(error.clone()).is_ok()
                {
                    tracing::error!(%error, "a write to disk failed: no more is written until a new start");
                }
                for write in batch {
                    write.answer(Err(error.clone()));
                }
            }
        }
    }

    /// Only this thread writes, so nothing changes while the keys are read.
    fn subscribe(&mut self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        live.reset();
        // One of its own: what it has read is not kept at hand.
        let mut connection = self.database.connect()?;
        let since = self.database.clock.now() - cocore_keys::KEPT_EXPIRED;
        let read = api_keys::load(&mut connection, since, |key| live.insert(&key));
        read.map_err(unavailable)?;
        live.trust();
        self.subscribers.add(live);
        Ok(())
    }
}

impl Subscribers {
    /// Tells of a batch that is on disk, and answers it.
    #[cfg_attr(not(feature = "postgres"), allow(unused_variables))]
    fn tell(&self, epoch: u64, batch: Vec<Box<dyn Write>>, database: &Database) {
        match self {
            Self::Local(live) => {
                if let Some(live) = live {
                    let changes = batch.iter().filter_map(|write| write.change());
                    changes.for_each(|change| live.apply(change));
                }
                batch.into_iter().for_each(|write| write.answer(Ok(())));
            }
            #[cfg(feature = "postgres")]
            Self::Cluster(coordinator) => {
                coordinator.committed(epoch, database.clock.steady(), batch)
            }
        }
    }

    fn add(&mut self, live: Arc<LiveKeys>) {
        match self {
            Self::Local(follower) => *follower = Some(live),
            #[cfg(feature = "postgres")]
            Self::Cluster(_) => {}
        }
    }
}

/// SQLite's words for `SQLITE_IOERR`.
fn is_failed_sync(error: &StoreError) -> bool {
    error.to_string().contains("disk I/O error")
}
