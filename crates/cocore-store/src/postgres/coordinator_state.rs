//! The state of the lease coordinator's thread: the node, its connection, and the writes that wait for an
//! answer.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cocore_keys::lease::{Node, PeerRow, Step, Timing};
use cocore_keys::{EXPIRED_RETENTION, LiveKeys, LiveKeysWriter, StoreError};
use crossbeam_channel::{Receiver, Sender, bounded, select};
use diesel::pg::PgConnection;
use diesel::result::QueryResult;
use tokio::sync::oneshot;

use super::{changes, servers};
use crate::blocking_worker::BlockingWorker;
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::{Cause, unavailable};
use crate::write::Write;

/// How often the connection is polled for notifications: libpq through Diesel cannot wait for them.
const IDLE_POLL_INTERVAL: Duration = Duration::from_millis(2);
/// The same while a change is under way.
const BUSY_POLL_INTERVAL: Duration = Duration::from_micros(250);
/// How long a change is taken to be under way after a notification.
const BUSY_PERIOD: Duration = Duration::from_millis(20);
/// How long a statement may take before its connection is abandoned. PostgreSQL cancels it earlier.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(8);
/// How long to wait after a failure before the database is tried again.
const RETRY_DELAY: Duration = Duration::from_millis(200);

/// A message to the thread.
pub(super) enum Message {
    /// Keep a set current, and answer when it is trusted or the database is unavailable.
    Subscribe(Arc<LiveKeys>, oneshot::Sender<Result<(), StoreError>>),
    /// Remove the keys from that set that expired before a time.
    EvictExpired(DateTime<Utc>, oneshot::Sender<usize>),
    /// Answer these writes once every server has applied this epoch, which was committed by this moment.
    Committed(u64, Duration, Vec<Box<dyn Write>>),
    /// Deregister, and end.
    Close,
}

/// The end of a load: the writer, and the epoch that was loaded.
type Loaded = (LiveKeysWriter, Result<u64, StoreError>);

/// What the thread waits for.
enum Event {
    Message(Message),
    Loaded(Loaded),
    /// The time has come.
    Timeout,
    /// The last handle is gone.
    Disconnected,
}

pub(super) struct CoordinatorState {
    node: Node,
    /// The set that is kept current, if any.
    live: Option<Arc<LiveKeys>>,
    database: Arc<Database>,
    worker: BlockingWorker,
    connection: Option<PgConnection>,
    /// Who waits until the set is trusted.
    subscriber: Option<oneshot::Sender<Result<(), StoreError>>>,
    /// The writes that wait for an answer, by epoch.
    writes: VecDeque<(u64, Vec<Box<dyn Write>>)>,
    messages: Receiver<Message>,
    load: Sender<Loaded>,
    loaded: Receiver<Loaded>,
    /// When the database is tried again after a failure.
    retry_at: Duration,
    busy_until: Duration,
    /// Whether the set was trusted when it was last checked.
    was_trusted: bool,
    /// Whether the last statement failed.
    is_interrupted: bool,
}

impl CoordinatorState {
    pub(super) fn new(database: Arc<Database>, messages: Receiver<Message>) -> Self {
        let (load, loaded) = bounded(1);
        Self {
            node: Node::new(Timing::default(), None),
            live: None,
            worker: BlockingWorker::new(&database),
            database,
            connection: None,
            subscriber: None,
            writes: VecDeque::new(),
            messages,
            load,
            loaded,
            retry_at: Duration::ZERO,
            busy_until: Duration::ZERO,
            was_trusted: false,
            is_interrupted: false,
        }
    }

    pub(super) fn run(mut self) {
        loop {
            self.answer_settled();
            self.log_trust();
            let until = self.step().unwrap_or_else(|error| self.disconnect(&error));
            match self.wait(until) {
                Event::Message(message) => {
                    if self.handle(message).is_break() {
                        return;
                    }
                }
                Event::Loaded((writer, Ok(epoch))) => self.node.loaded(writer, epoch),
                Event::Loaded((writer, Err(error))) => {
                    self.node.load_failed(writer);
                    self.disconnect(&error);
                }
                Event::Timeout => {}
                Event::Disconnected => return,
            }
        }
    }

    fn now(&self) -> Duration {
        self.database.clock.steady()
    }

    /// Carries out the next step, and returns when to look for another.
    fn step(&mut self) -> Result<Duration, StoreError> {
        let now = self.now();
        if now < self.retry_at {
            return Ok(self.retry_at);
        }
        self.read_notifications()?;
        match self.node.next(now) {
            Step::Wait(until) => return Ok(until),
            Step::Load(writer) => self.start_load(writer),
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
                let answered = self.now();
                self.is_interrupted = false;
                self.node.reported(report, &reply, now, answered);
            }
            Step::Remove(rows) => {
                let removed = rows.clone();
                self.query(move |connection| servers::remove(connection, &removed))?;
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
        let done = self.worker.run(STATEMENT_TIMEOUT, move || {
            let mut open = connection.map_or_else(|| open(&database), Ok)?;
            let value = query(&mut open).map_err(unavailable)?;
            Ok::<_, StoreError>((open, value))
        });
        let (connection, value) = done.ok_or(Cause::TimedOut)??;
        self.connection = Some(connection);
        Ok(value)
    }

    /// Passes the notifications of other servers to the node.
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

    /// Waits until a moment, or until something happens.
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
            recv(self.messages) -> message => message.map_or(Event::Disconnected, Event::Message),
            recv(self.loaded) -> loaded => loaded.map_or(Event::Timeout, Event::Loaded),
            default(left) => Event::Timeout,
        }
    }

    /// Handles a message. Returns `Break` when the thread has to end.
    fn handle(&mut self, message: Message) -> ControlFlow<()> {
        match message {
            Message::Subscribe(live, subscriber) => self.subscribe(live, subscriber),
            Message::EvictExpired(before, answer) => {
                let _ = answer.send(self.node.evict_expired(before));
            }
            Message::Committed(epoch, at, writes) => {
                let changes = writes.iter().filter_map(|write| write.effect().change());
                let changes: Vec<_> = changes.collect();
                if changes.is_empty() {
                    self.node.observed(epoch, at);
                } else {
                    self.node.committed(epoch, changes, at);
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

    fn subscribe(
        &mut self,
        live: Arc<LiveKeys>,
        subscriber: oneshot::Sender<Result<(), StoreError>>,
    ) {
        match LiveKeysWriter::new(&live) {
            Some(writer) if self.live.is_none() => {
                self.node = Node::new(Timing::default(), Some(writer));
                self.live = Some(live);
                self.subscriber = Some(subscriber);
            }
            _ => {
                let _ = subscriber.send(Err(Cause::Subscribed.into()));
            }
        }
    }

    /// Loads all keys on a thread of its own: the node goes on meanwhile.
    fn start_load(&mut self, mut writer: LiveKeysWriter) {
        let (database, load) = (self.database.clone(), self.load.clone());
        let thread = thread::Builder::new().name("load".to_owned());
        let started = thread.spawn(move || {
            let epoch = read_all(&database, &mut writer);
            // One load runs at a time, so there is room.
            let _ = load.send((writer, epoch));
        });
        // The writer was dropped, so the set has none.
        if let Err(error) = started
            && let Some(writer) = self.live.as_ref().and_then(LiveKeysWriter::new)
        {
            let _ = self.load.send((writer, Err(unavailable(error))));
        }
    }

    /// Drops the connection after a failure, and returns when to try again.
    fn disconnect(&mut self, error: &StoreError) -> Duration {
        if !std::mem::replace(&mut self.is_interrupted, true) {
            tracing::warn!(%error, "the database is unavailable: this server cannot renew its lease");
        }
        self.connection = None;
        self.node.disconnected();
        self.retry_at = self.now() + RETRY_DELAY;
        if let Some(subscriber) = self.subscriber.take() {
            let _ = subscriber.send(Err(error.clone()));
        }
        self.retry_at
    }

    /// Answers the writes that every server has applied.
    fn answer_settled(&mut self) {
        let now = self.now();
        let Some(settled) = self.node.settled(now) else {
            return;
        };
        while let Some((_, writes)) = self.writes.pop_front_if(|(epoch, _)| *epoch <= settled) {
            writes.into_iter().for_each(|write| write.answer(Ok(())));
        }
    }

    /// Logs when the set begins and ceases to be trusted.
    fn log_trust(&mut self) {
        let Some(live) = &self.live else {
            return;
        };
        let is_trusted = live.is_trusted(|| self.now());
        if is_trusted == self.was_trusted {
            return;
        }
        self.was_trusted = is_trusted;
        if is_trusted {
            tracing::info!("keys are checked in memory");
        } else {
            tracing::warn!("keys are looked up one by one");
        }
        if let Some(subscriber) = self.subscriber.take_if(|_| is_trusted) {
            let _ = subscriber.send(Ok(()));
        }
    }

    fn deregister(&mut self) {
        self.live = None;
        if let Some(id) = self.node.deregister()
            && let Err(error) = self.query(move |connection| servers::deregister(connection, id))
        {
            tracing::debug!(%error, "the other servers have to wait until this server's lease ends");
        }
    }
}

/// Opens a connection that listens for notifications.
fn open(database: &Database) -> Result<PgConnection, StoreError> {
    let AnyConnection::Postgres(mut connection) = database.connect()? else {
        return Err(Cause::NotPostgres.into());
    };
    servers::configure(&mut connection).map_err(unavailable)?;
    Ok(connection)
}

fn read_all(database: &Database, writer: &mut LiveKeysWriter) -> Result<u64, StoreError> {
    let since = database.clock.now() - EXPIRED_RETENTION;
    changes::load(&mut database.connect()?, since, |key| writer.insert(&key))
}
