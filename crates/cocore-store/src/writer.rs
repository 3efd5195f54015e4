//! The one writer: what is asked for at the same time shares a transaction, and so a sync.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use cocore_keys::{Change, LiveKeys, StoreError};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::QueryResult;
use diesel::connection::Connection as _;
use tokio::sync::oneshot;

use crate::connection::AnyConnection;
use crate::database::{Database, unavailable};
use crate::transaction;

/// How many writes may wait. Whoever comes then is told to come back.
const WAITING: usize = 1024;
/// How many writes share a transaction.
const TOGETHER: usize = 256;
/// How long those who came with others wait for others.
const COMPANY: Duration = Duration::from_micros(400);
/// How long one waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hands writes to the thread that does them. The thread ends when the last handle is gone.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: Sender<Message>,
}

enum Message {
    Write(Box<dyn Write>),
    /// Read all live keys into a set, and keep it current.
    Follow(Arc<LiveKeys>, oneshot::Sender<Result<(), StoreError>>),
}

/// Who is told of changes that are on disk, before they are answered.
pub(crate) enum Followers {
    /// Nobody else writes to the database: the set of this process, if it has one.
    Here(Option<Arc<LiveKeys>>),
    /// Every server of the database.
    #[cfg(feature = "postgres")]
    Everywhere(crate::postgres::Keeper),
}

/// A write on its way.
pub(crate) trait Write: Send {
    /// Does it, by itself as a savepoint: whether it could be done.
    fn run(&mut self, connection: &mut AnyConnection, alone: bool) -> bool;

    /// What it has changed of the keys.
    fn change(&self) -> Option<&Change>;

    /// Whether whoever asked for it was told that it was not done.
    fn is_given_up(&self) -> bool;

    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Task<T, Q> {
    query: Q,
    result: Option<QueryResult<(T, Option<Change>)>>,
    asked: Instant,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, Q> Write for Task<T, Q>
where
    T: Send,
    Q: Fn(&mut AnyConnection) -> QueryResult<(T, Option<Change>)> + Send,
{
    fn run(&mut self, connection: &mut AnyConnection, alone: bool) -> bool {
        let result = match alone {
            true => connection.transaction(&self.query),
            false => (self.query)(connection),
        };
        self.result.insert(result).is_ok()
    }

    fn change(&self) -> Option<&Change> {
        let (_, change) = self.result.as_ref()?.as_ref().ok()?;
        change.as_ref()
    }

    fn is_given_up(&self) -> bool {
        self.answer.is_closed() && self.asked.elapsed() >= PATIENCE
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
    pub(crate) fn start(database: Arc<Database>, followers: Followers) -> std::io::Result<Self> {
        let (queue, messages) = bounded(WAITING);
        let work = Work {
            database,
            followers,
            connection: None,
            broken: None,
        };
        let thread = thread::Builder::new().name("writer".to_owned());
        thread.spawn(move || work.run(&messages))?;
        Ok(Self { queue })
    }

    /// Does a query in a transaction. Once it is on disk, and whoever follows knows of the change, it
    /// is answered. It may be run twice, if it or another one failed the first time.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        query: impl Fn(&mut AnyConnection) -> QueryResult<(T, Option<Change>)> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let task = Task {
            query,
            result: None,
            asked: Instant::now(),
            answer,
        };
        self.send(Message::Write(Box::new(task)))?;
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(ended()),
            Err(_) => Err(StoreError::unavailable(
                "the database did not answer in time",
            )),
        }
    }

    /// Reads all live keys into a set, and keeps it current. Nothing is written meanwhile.
    pub(crate) async fn follow(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Follow(live, answer))?;
        answered.await.unwrap_or_else(|_| Err(ended()))
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
    database: Arc<Database>,
    followers: Followers,
    connection: Option<AnyConnection>,
    /// Why nothing is written any more.
    broken: Option<StoreError>,
}

impl Work {
    fn run(mut self, messages: &Receiver<Message>) {
        // How many came together the last time.
        let mut company = 1;
        while let Ok(first) = messages.recv() {
            let mut batch = Vec::new();
            let mut follow = None;
            let mut sort = |message| match message {
                Message::Write(write) => batch.push(write),
                Message::Follow(live, answer) => follow = Some((live, answer)),
            };
            sort(first);
            gather(messages, sort, company);
            batch.retain(|write| !write.is_given_up());
            company = batch.len();
            if !batch.is_empty() {
                self.commit(batch);
            }
            if let Some((live, answer)) = follow {
                let _ = answer.send(self.follow(live));
            }
        }
    }

    fn commit(&mut self, mut batch: Vec<Box<dyn Write>>) {
        let committed = match &self.broken {
            Some(error) => Err(error.clone()),
            None => transaction::commit(&mut batch, &mut self.connection, &self.database),
        };
        match committed {
            Ok(epoch) => self.followers.tell(epoch, batch, &self.database),
            Err(error) => {
                if self.broken.is_none() && is_failed_sync(&error) {
                    // What a later sync says of the same pages is worth nothing.
                    tracing::error!(%error, "a write to disk failed: no more is written until a new start");
                    self.broken = Some(error.clone());
                }
                for write in batch {
                    write.answer(Err(error.clone()));
                }
            }
        }
    }

    /// Only this thread writes, so nothing changes while the keys are read.
    fn follow(&mut self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        live.reset();
        let mut connection = match self.connection.take() {
            Some(open) => open,
            None => self.database.connect()?,
        };
        let since = self.database.clock.now() - cocore_keys::KEPT_EXPIRED;
        let read = crate::api_keys::load(&mut connection, since, |key| live.insert(&key));
        read.map_err(unavailable)?;
        self.connection = Some(connection);
        live.trust();
        self.followers.add(live);
        Ok(())
    }
}

/// Adds what waits. Where others came at once before, they are likely on their way again: a moment's
/// wait for them costs less than a sync of their own. One who is alone never waits.
fn gather(messages: &Receiver<Message>, mut add: impl FnMut(Message), company: usize) {
    let until = Instant::now() + COMPANY;
    let mut room = TOGETHER - 1;
    loop {
        for message in messages.try_iter().take(room) {
            add(message);
            room -= 1;
        }
        let left = until.saturating_duration_since(Instant::now());
        if room == 0 || company <= 1 || left.is_zero() {
            return;
        }
        match messages.recv_timeout(left) {
            Ok(message) => {
                add(message);
                room -= 1;
            }
            Err(_) => return,
        }
    }
}

impl Followers {
    /// Tells of a batch that is on disk, and answers it.
    #[cfg_attr(not(feature = "postgres"), allow(unused_variables))]
    fn tell(&self, epoch: u64, batch: Vec<Box<dyn Write>>, database: &Database) {
        match self {
            Self::Here(live) => {
                if let Some(live) = live {
                    let changes = batch.iter().filter_map(|write| write.change());
                    changes.for_each(|change| live.apply(change));
                }
                batch.into_iter().for_each(|write| write.answer(Ok(())));
            }
            #[cfg(feature = "postgres")]
            Self::Everywhere(keeper) => keeper.committed(epoch, database.clock.steady(), batch),
        }
    }

    fn add(&mut self, live: Arc<LiveKeys>) {
        match self {
            Self::Here(follower) => *follower = Some(live),
            #[cfg(feature = "postgres")]
            Self::Everywhere(_) => {}
        }
    }
}

/// SQLite's words for `SQLITE_IOERR`.
fn is_failed_sync(error: &StoreError) -> bool {
    error.to_string().contains("disk I/O error")
}
