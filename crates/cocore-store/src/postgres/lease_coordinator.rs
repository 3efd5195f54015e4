//! The thread that keeps the agreement of several servers: it does what [`cocore_keys::lease`] says, on
//! a connection of its own.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cocore_keys::lease::{Node, PeerRow, Step, Timing};
use cocore_keys::{Change, KEPT_EXPIRED, LiveKeys, StoreError};
use crossbeam_channel::{Receiver, Sender, bounded, select};
use diesel::pg::PgConnection;
use diesel::result::QueryResult;
use tokio::sync::oneshot;

use super::{changes, servers};
use crate::blocking_worker::BlockingWorker;
use crate::connection::AnyConnection;
use crate::database::{Database, unavailable};
use crate::thread_group::ThreadGroup;
use crate::writer::Write;

/// How often it is looked whether there are notifications: libpq has no socket to wait on. More often
/// while there is something going on.
const IDLE_POLL_INTERVAL: Duration = Duration::from_millis(2);
const BUSY_POLL_INTERVAL: Duration = Duration::from_micros(250);
/// How long there is something going on after a word.
const BUSY_PERIOD: Duration = Duration::from_millis(20);
/// How many batches may wait for the thread. Then the writer waits, and whoever writes is told.
const MAX_QUEUED: usize = 64;
/// When a connection that does not answer is given up: each statement ends before that.
const LIMIT: Duration = Duration::from_secs(8);
/// How long until a database that did not answer is tried again.
const RETRY_DELAY: Duration = Duration::from_millis(200);

/// Hands changes to the thread, which answers them. It ends when the last handle is gone.
#[derive(Clone)]
pub(crate) struct LeaseCoordinator {
    messages: Sender<Message>,
    thread: ThreadGroup,
}

enum Message {
    /// Keep a set current, and tell how it begins.
    Subscribe(Arc<LiveKeys>, oneshot::Sender<Result<(), StoreError>>),
    /// Answer these writes when every server knows of the changes up to this epoch, which was committed
    /// by this moment.
    Committed(u64, Duration, Vec<Box<dyn Write>>),
    /// End, after leave was taken of the other servers.
    Close,
}

impl LeaseCoordinator {
    pub(crate) fn start(database: Arc<Database>) -> std::io::Result<Self> {
        let (messages, received) = bounded(MAX_QUEUED);
        let (load, loaded) = bounded(1);
        let state = CoordinatorState {
            node: Node::new(Timing::default(), None),
            live: None,
            worker: BlockingWorker::new(&database),
            database,
            connection: None,
            ready: None,
            writes: VecDeque::new(),
            messages: received,
            load,
            loaded,
            retry_at: Duration::ZERO,
            busy_until: Duration::ZERO,
            is_current: false,
            is_interrupted: false,
        };
        let thread = ThreadGroup::default();
        thread.start("lease coordinator", move || state.run())?;
        Ok(Self { messages, thread })
    }

    /// Keeps a set current from now on. It ends when the set may be trusted for the first time, or
    /// when that is known to take longer.
    pub(crate) async fn subscribe(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Subscribe(live, answer));
        let ended = || StoreError::unavailable("the lease coordinator has stopped");
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
struct CoordinatorState {
    node: Node,
    live: Option<Arc<LiveKeys>>,
    database: Arc<Database>,
    worker: BlockingWorker,
    connection: Option<PgConnection>,
    /// Who waits until the set may be trusted.
    ready: Option<oneshot::Sender<Result<(), StoreError>>>,
    /// Who waits for an answer, by the epochs of their changes.
    writes: VecDeque<(u64, Vec<Box<dyn Write>>)>,
    messages: Receiver<Message>,
    load: Sender<Result<u64, StoreError>>,
    /// How the reading of all keys ended.
    loaded: Receiver<Result<u64, StoreError>>,
    /// When a database that did not answer is tried again.
    retry_at: Duration,
    busy_until: Duration,
    /// Whether the set was trusted when it was last looked.
    is_current: bool,
    /// Whether the database did not answer the last time.
    is_interrupted: bool,
}

/// What there is to wait for.
enum Event {
    Message(Message),
    Loaded(Result<u64, StoreError>),
    /// Nothing came.
    None,
    /// Nobody is there any more.
    End,
}

impl CoordinatorState {
    fn run(mut self) {
        loop {
            self.answer_settled();
            self.log_transitions();
            let until = self.step().unwrap_or_else(|error| self.disconnect(&error));
            match self.wait(until) {
                Event::Message(message) => {
                    if self.handle_message(message).is_break() {
                        return;
                    }
                }
                Event::Loaded(loaded) => self.handle_loaded(loaded),
                Event::None => {}
                Event::End => return,
            }
        }
    }

    fn now(&self) -> Duration {
        self.database.clock.steady()
    }

    /// Does what is to be done now: when to look again.
    fn step(&mut self) -> Result<Duration, StoreError> {
        let now = self.now();
        if now < self.retry_at {
            return Ok(self.retry_at);
        }
        self.read_notifications()?;
        match self.node.next(now) {
            Step::Wait(until) => return Ok(until),
            Step::Load => self.begin_load(),
            Step::CatchUp { after } => {
                let epochs = self.query(move |connection| changes::after(connection, after))?;
                self.node.caught_up(epochs);
            }
            Step::Register {
                acknowledged,
                heartbeat,
            } => {
                let id = servers::new_id();
                let row = PeerRow {
                    id,
                    heartbeat,
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
        let done = self.worker.run(LIMIT, move || {
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
    fn read_notifications(&mut self) -> Result<(), StoreError> {
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
                servers::CHANGES => self.node.change_notified(),
                _ => self.node.report_notified(),
            }
        }
        if is_busy {
            self.busy_until = self.now() + BUSY_PERIOD;
        }
        Ok(())
    }

    /// Waits until a moment, or until there is something to do.
    fn wait(&mut self, until: Duration) -> Event {
        let now = self.now();
        let is_busy = now < self.busy_until || !self.writes.is_empty();
        let poll = match self.connection {
            Some(_) if is_busy => BUSY_POLL_INTERVAL,
            Some(_) => IDLE_POLL_INTERVAL,
            None => RETRY_DELAY,
        };
        let left = until.saturating_sub(now).min(poll);
        select! {
            recv(self.messages) -> message => message.map_or(Event::End, Event::Message),
            recv(self.loaded) -> loaded => loaded.map_or(Event::None, Event::Loaded),
            default(left) => Event::None,
        }
    }

    /// Takes in what others of this process have to say: whether it is the end.
    fn handle_message(&mut self, message: Message) -> ControlFlow<()> {
        match message {
            Message::Subscribe(_, ready) if self.live.is_some() => {
                let _ = ready.send(Err(StoreError::unavailable("there is a set already")));
            }
            Message::Subscribe(live, ready) => {
                live.reset();
                self.node = Node::new(Timing::default(), Some(live.clone()));
                self.live = Some(live);
                self.ready = Some(ready);
            }
            Message::Committed(epoch, at, writes) => {
                let changes = writes.iter().filter_map(|write| write.change());
                let changes: Vec<Change> = changes.cloned().collect();
                match changes.is_empty() {
                    true => self.node.observed(epoch, at),
                    false => self.node.committed(epoch, changes, at),
                }
                self.writes.push_back((epoch, writes));
            }
            Message::Close => {
                self.deregister();
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

    fn handle_loaded(&mut self, loaded: Result<u64, StoreError>) {
        match loaded {
            Ok(epoch) => self.node.loaded(epoch),
            Err(error) => {
                self.node.load_failed();
                self.disconnect(&error);
            }
        }
    }

    /// The database did not answer: when it is tried again.
    fn disconnect(&mut self, error: &StoreError) -> Duration {
        if !std::mem::replace(&mut self.is_interrupted, true) {
            tracing::warn!(%error, "the agreement with other servers is interrupted");
        }
        self.connection = None;
        self.node.disconnected();
        self.retry_at = self.now() + RETRY_DELAY;
        if let Some(ready) = self.ready.take() {
            let _ = ready.send(Err(error.clone()));
        }
        self.retry_at
    }

    /// Answers whoever may be answered.
    fn answer_settled(&mut self) {
        let now = self.now();
        let Some(settled) = self.node.settled(now) else {
            return;
        };
        while let Some((_, writes)) = self.writes.pop_front_if(|(epoch, _)| *epoch <= settled) {
            writes.into_iter().for_each(|write| write.answer(Ok(())));
        }
    }

    /// Says when keys begin to be checked in memory, and when they end to be.
    fn log_transitions(&mut self) {
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
        if let Some(ready) = self.ready.take_if(|_| is_current) {
            let _ = ready.send(Ok(()));
        }
    }

    fn deregister(&mut self) {
        self.live = None;
        if let Some(id) = self.node.deregister()
            && let Err(error) = self.query(move |connection| servers::deregister(connection, id))
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
    servers::configure(&mut connection).map_err(unavailable)?;
    Ok(connection)
}

fn read_all(database: &Database, live: &LiveKeys) -> Result<u64, StoreError> {
    let since = database.clock.now() - KEPT_EXPIRED;
    changes::load(&mut database.connect()?, since, |key| live.insert(&key))
}

pub(super) fn not_postgres() -> StoreError {
    StoreError::unavailable("only PostgreSQL has several servers")
}
