//! The thread that keeps the agreement of several servers: it does what [`cocore_keys::lease`] says, on
//! a connection of its own.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cocore_keys::lease::{Node, Row, Step, Terms};
use cocore_keys::{Change, KEPT_EXPIRED, LiveKeys, StoreError};
use crossbeam_channel::{Receiver, Sender, bounded, select};
use diesel::pg::PgConnection;
use diesel::result::QueryResult;
use tokio::sync::oneshot;

use super::{changes, servers};
use crate::connection::AnyConnection;
use crate::database::{Database, unavailable};
use crate::hand::Hand;
use crate::threads::Threads;
use crate::writer::Write;

/// How often it is looked whether there are notifications: libpq has no socket to wait on. More often
/// while there is something going on.
const QUIET: Duration = Duration::from_millis(2);
const BUSY: Duration = Duration::from_micros(250);
/// How long there is something going on after a word.
const BUSY_FOR: Duration = Duration::from_millis(20);
/// How many batches may wait for the thread. Then the writer waits, and whoever writes is told.
const WAITING: usize = 64;
/// When a connection that does not answer is given up: each statement ends before that.
const LIMIT: Duration = Duration::from_secs(8);
/// How long until a database that did not answer is tried again.
const AGAIN: Duration = Duration::from_millis(200);

/// Hands changes to the thread, which answers them. It ends when the last handle is gone.
#[derive(Clone)]
pub(crate) struct Keeper {
    messages: Sender<Message>,
    thread: Threads,
}

enum Message {
    /// Keep a set current, and tell how it begins.
    Follow(Arc<LiveKeys>, oneshot::Sender<Result<(), StoreError>>),
    /// Answer these writes when every server knows of the changes up to this epoch, which was committed
    /// by this moment.
    Committed(u64, Duration, Vec<Box<dyn Write>>),
    /// End, after leave was taken of the other servers.
    Close,
}

impl Keeper {
    pub(crate) fn start(database: Arc<Database>) -> std::io::Result<Self> {
        let (messages, received) = bounded(WAITING);
        let (load, loaded) = bounded(1);
        let keeping = Keeping {
            node: Node::new(Terms::default(), None),
            live: None,
            hand: Hand::of(&database),
            database,
            connection: None,
            first: None,
            writes: VecDeque::new(),
            messages: received,
            load,
            loaded,
            again: Duration::ZERO,
            busy_until: Duration::ZERO,
            is_current: false,
            is_interrupted: false,
        };
        let thread = Threads::default();
        thread.start("keeper", move || keeping.run())?;
        Ok(Self { messages, thread })
    }

    /// Keeps a set current from now on. It ends when the set may be trusted for the first time, or
    /// when that is known to take longer.
    pub(crate) async fn follow(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Follow(live, answer));
        let ended = || StoreError::unavailable("the keeper has ended");
        answered.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Takes over a batch that is committed, by `at`, and has changed or seen an epoch.
    pub(crate) fn committed(&self, epoch: u64, at: Duration, batch: Vec<Box<dyn Write>>) {
        let (others, waiting) = batch
            .into_iter()
            .partition::<Vec<_>, _>(|write| write.effect().is_none());
        // Whoever has nothing to do with keys need not wait.
        others.into_iter().for_each(|write| write.answer(Ok(())));
        if !waiting.is_empty() {
            self.send(Message::Committed(epoch, at, waiting));
        }
    }

    /// Takes leave of the other servers, and ends.
    pub(crate) async fn close(&self) {
        self.send(Message::Close);
        self.thread.end().await;
    }

    /// Fails once the thread is gone.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.thread.check()
    }

    fn send(&self, message: Message) {
        // The thread ends after the last handle.
        let _ = self.messages.send(message);
    }
}

/// What the thread has.
struct Keeping {
    node: Node,
    live: Option<Arc<LiveKeys>>,
    database: Arc<Database>,
    hand: Hand,
    connection: Option<PgConnection>,
    /// Who waits until the set may be trusted.
    first: Option<oneshot::Sender<Result<(), StoreError>>>,
    /// Who waits for an answer, by the epochs of their changes.
    writes: VecDeque<(u64, Vec<Box<dyn Write>>)>,
    messages: Receiver<Message>,
    load: Sender<Result<u64, StoreError>>,
    /// How the reading of all keys ended.
    loaded: Receiver<Result<u64, StoreError>>,
    /// When a database that did not answer is tried again.
    again: Duration,
    busy_until: Duration,
    /// Whether the set was trusted when it was last looked.
    is_current: bool,
    /// Whether the database did not answer the last time.
    is_interrupted: bool,
}

/// What there is to wait for.
enum News {
    Message(Message),
    Loaded(Result<u64, StoreError>),
    /// Nothing came.
    None,
    /// Nobody is there any more.
    End,
}

impl Keeping {
    fn run(mut self) {
        loop {
            self.answer();
            self.watch();
            let until = self.step().unwrap_or_else(|error| self.fail(&error));
            match self.wait(until) {
                News::Message(message) => {
                    if self.take(message).is_break() {
                        return;
                    }
                }
                News::Loaded(loaded) => self.take_loaded(loaded),
                News::None => {}
                News::End => return,
            }
        }
    }

    fn now(&self) -> Duration {
        self.database.clock.steady()
    }

    /// Does what is to be done now: when to look again.
    fn step(&mut self) -> Result<Duration, StoreError> {
        let now = self.now();
        if now < self.again {
            return Ok(self.again);
        }
        self.notice()?;
        match self.node.next(now) {
            Step::Wait(until) => return Ok(until),
            Step::Load => self.begin_load(),
            Step::CatchUp { after } => {
                let epochs = self.query(move |connection| changes::after(connection, after))?;
                self.node.caught_up(epochs);
            }
            Step::Register {
                acknowledged,
                stamp,
            } => {
                let id = servers::new_id();
                let row = Row {
                    id,
                    stamp,
                    acknowledged,
                };
                self.query(move |connection| servers::register(connection, row))?;
                self.node.registered(id);
            }
            Step::Report(report) => {
                let reply = self.query(move |connection| servers::report(connection, report))?;
                let heard = self.now();
                self.is_interrupted = false;
                self.node.reported(report, &reply, now, heard);
            }
            Step::Remove(rows) => {
                let gone = rows.clone();
                self.query(move |connection| servers::remove(connection, &gone))?;
                self.node.removed(&rows);
            }
        }
        Ok(now)
    }

    fn query<T: Send + 'static>(
        &mut self,
        query: impl FnOnce(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (connection, database) = (self.connection.take(), self.database.clone());
        let done = self.hand.within(LIMIT, move || {
            let mut open = connection.map_or_else(|| open(&database), Ok)?;
            let value = query(&mut open).map_err(unavailable)?;
            Ok((open, value))
        });
        let late = || Err(StoreError::unavailable("the database did not answer"));
        let (connection, value) = done.unwrap_or_else(late)?;
        self.connection = Some(connection);
        Ok(value)
    }

    /// Takes in what the other servers have said.
    fn notice(&mut self) -> Result<(), StoreError> {
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        let mut is_busy = false;
        for notification in connection.notifications_iter() {
            let notification = notification.map_err(unavailable)?;
            if notification.payload == *servers::ORIGIN {
                continue;
            }
            is_busy = true;
            match &notification.channel[..] {
                servers::CHANGES => self.node.heard_of_change(),
                _ => self.node.heard_of_report(),
            }
        }
        if is_busy {
            self.busy_until = self.now() + BUSY_FOR;
        }
        Ok(())
    }

    /// Waits until a moment, or until there is something to do.
    fn wait(&mut self, until: Duration) -> News {
        let now = self.now();
        let is_busy = now < self.busy_until || !self.writes.is_empty();
        let poll = match self.connection {
            Some(_) if is_busy => BUSY,
            Some(_) => QUIET,
            None => AGAIN,
        };
        let left = until.saturating_sub(now).min(poll);
        select! {
            recv(self.messages) -> message => message.map_or(News::End, News::Message),
            recv(self.loaded) -> loaded => loaded.map_or(News::None, News::Loaded),
            default(left) => News::None,
        }
    }

    /// Takes in what others of this process have to say: whether it is the end.
    fn take(&mut self, message: Message) -> ControlFlow<()> {
        match message {
            Message::Follow(_, first) if self.live.is_some() => {
                let _ = first.send(Err(StoreError::unavailable("there is a set already")));
            }
            Message::Follow(live, first) => {
                live.reset();
                self.node = Node::new(Terms::default(), Some(live.clone()));
                self.live = Some(live);
                self.first = Some(first);
            }
            Message::Committed(epoch, at, writes) => {
                let changes = writes.iter().filter_map(|write| write.change());
                let changes: Vec<Change> = changes.cloned().collect();
                match changes.is_empty() {
                    true => self.node.seen(epoch, at),
                    false => self.node.committed(epoch, changes, at),
                }
                self.writes.push_back((epoch, writes));
            }
            Message::Close => {
                self.leave();
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// Reads all keys beside everything else.
    fn begin_load(&mut self) {
        let Some(live) = self.live.clone() else {
            return;
        };
        let (database, load) = (self.database.clone(), self.load.clone());
        let thread = thread::Builder::new().name("load".to_owned());
        let begun = thread.spawn(move || {
            // One at a time is begun, so there is room.
            let _ = load.send(read_all(&database, &live));
        });
        if let Err(error) = begun {
            let _ = self.load.send(Err(unavailable(error)));
        }
    }

    fn take_loaded(&mut self, loaded: Result<u64, StoreError>) {
        match loaded {
            Ok(epoch) => self.node.loaded(epoch),
            Err(error) => {
                self.node.not_loaded();
                self.fail(&error);
            }
        }
    }

    /// The database did not answer: when it is tried again.
    fn fail(&mut self, error: &StoreError) -> Duration {
        if !std::mem::replace(&mut self.is_interrupted, true) {
            tracing::warn!(%error, "the agreement with other servers is interrupted");
        }
        self.connection = None;
        self.node.disconnected();
        self.again = self.now() + AGAIN;
        if let Some(first) = self.first.take() {
            let _ = first.send(Err(error.clone()));
        }
        self.again
    }

    /// Answers whoever may be answered.
    fn answer(&mut self) {
        let now = self.now();
        let Some(settled) = self.node.settled(now) else {
            return;
        };
        while let Some((_, writes)) = self.writes.pop_front_if(|(epoch, _)| *epoch <= settled) {
            writes.into_iter().for_each(|write| write.answer(Ok(())));
        }
    }

    /// Says when keys begin to be checked in memory, and when they end to be.
    fn watch(&mut self) {
        let Some(live) = &self.live else {
            return;
        };
        let is_current = live.is_trusted(|| self.now());
        if is_current == self.is_current {
            return;
        }
        self.is_current = is_current;
        match is_current {
            true => tracing::info!("keys are checked in memory"),
            false => tracing::warn!("keys are looked up one by one"),
        }
        if let Some(first) = self.first.take_if(|_| is_current) {
            let _ = first.send(Ok(()));
        }
    }

    fn leave(&mut self) {
        self.live = None;
        if let Some(id) = self.node.leave()
            && let Err(error) = self.query(move |connection| servers::leave(connection, id))
        {
            tracing::debug!(%error, "the other servers will wait once more for this one");
        }
    }
}

/// A connection on which the others are heard.
fn open(database: &Database) -> Result<PgConnection, StoreError> {
    let AnyConnection::Postgres(mut connection) = database.connect()? else {
        return Err(not_postgres());
    };
    servers::prepare(&mut connection).map_err(unavailable)?;
    Ok(connection)
}

fn read_all(database: &Database, live: &LiveKeys) -> Result<u64, StoreError> {
    let since = database.clock.now() - KEPT_EXPIRED;
    changes::load(&mut database.connect()?, since, |key| live.insert(&key))
}

pub(super) fn not_postgres() -> StoreError {
    StoreError::unavailable("only PostgreSQL has several servers")
}
