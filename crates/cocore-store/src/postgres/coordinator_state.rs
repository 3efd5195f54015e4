//! The state of the lease coordinator's thread: the node, its connection, and the writes that wait for an
//! answer.

use std::collections::VecDeque;
use std::future;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cocore_keys::lease::{Node, PeerRow, Step, Timing};
use cocore_keys::{EXPIRED_RETENTION, LiveKeys, LiveKeysWriter, StoreError};
use diesel::pg::PgNotification;
use diesel::result::QueryResult;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

use super::connection::PgConnection;
use super::{changes, servers};
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::{Cause, unavailable};
use crate::write::Write;

/// How long a statement may take, with connecting. PostgreSQL cancels it earlier.
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
    /// A notification, or the end of the connection.
    Notification(QueryResult<PgNotification>),
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
    connection: Option<PgConnection>,
    /// Who waits until the set is trusted.
    subscriber: Option<oneshot::Sender<Result<(), StoreError>>>,
    /// The writes that wait for an answer, by epoch.
    writes: VecDeque<(u64, Vec<Box<dyn Write>>)>,
    runtime: &'static Handle,
    messages: Receiver<Message>,
    load: Sender<Loaded>,
    loaded: Receiver<Loaded>,
    /// When the database is tried again after a failure.
    retry_at: Duration,
    /// Whether the set was trusted when it was last checked.
    was_trusted: bool,
    /// Whether the last statement failed.
    is_interrupted: bool,
}

impl CoordinatorState {
    pub(super) fn new(
        database: Arc<Database>,
        messages: Receiver<Message>,
        runtime: &'static Handle,
    ) -> Self {
        let (load, loaded) = channel(1);
        Self {
            node: Node::new(Timing::default(), None),
            live: None,
            database,
            connection: None,
            subscriber: None,
            writes: VecDeque::new(),
            runtime,
            messages,
            load,
            loaded,
            retry_at: Duration::ZERO,
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
                Event::Notification(notification) => {
                    if let Err(error) = self.notified(notification) {
                        self.disconnect(&error);
                    }
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
        self.take_notifications()?;
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

    fn query<T>(
        &mut self,
        query: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        let open = self.connection.take();
        let mut open = open.map_or_else(|| open_listening(&self.database), Ok)?;
        open.set_time_limit(STATEMENT_TIMEOUT);
        let value = query(&mut open).map_err(unavailable)?;
        self.connection = Some(open);
        Ok(value)
    }

    /// Passes the notifications that have arrived to the node.
    fn take_notifications(&mut self) -> Result<(), StoreError> {
        while let Some(notification) = self.connection.as_mut().and_then(PgConnection::arrived) {
            self.notified(notification)?;
        }
        Ok(())
    }

    /// Passes a notification of another server to the node.
    fn notified(&mut self, notification: QueryResult<PgNotification>) -> Result<(), StoreError> {
        let notification = notification.map_err(unavailable)?;
        if notification.payload != *servers::ORIGIN {
            match &notification.channel[..] {
                servers::CHANGES => self.node.change_notified(),
                _ => self.node.report_notified(),
            }
        }
        Ok(())
    }

    /// Waits until a moment, or until something happens.
    fn wait(&mut self, until: Duration) -> Event {
        let left = until.saturating_sub(self.now());
        let notification = async {
            match &mut self.connection {
                Some(connection) => connection.notification().await,
                None => future::pending().await,
            }
        };
        self.runtime.block_on(async {
            tokio::select! {
                message = self.messages.recv() => message.map_or(Event::Disconnected, Event::Message),
                Some(loaded) = self.loaded.recv() => Event::Loaded(loaded),
                notification = notification => Event::Notification(notification),
                () = tokio::time::sleep(left) => Event::Timeout,
            }
        })
    }

    /// Handles a message. Returns `Break` when the thread has to end.
    fn handle(&mut self, message: Message) -> ControlFlow<()> {
        match message {
            Message::Subscribe(live, subscriber) => self.subscribe(live, subscriber),
            Message::EvictExpired(before, answer) => {
                let _ = answer.send(self.node.evict_expired(before));
            }
            Message::Committed(epoch, at, writes) => {
                let changes = writes.iter().flat_map(|write| write.effect().changes());
                let changes: Vec<_> = changes.cloned().collect();
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
            let _ = load.blocking_send((writer, epoch));
        });
        // The writer was dropped, so the set has none.
        if let Err(error) = started
            && let Some(writer) = self.live.as_ref().and_then(LiveKeysWriter::new)
        {
            let _ = self.load.try_send((writer, Err(unavailable(error))));
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
fn open_listening(database: &Database) -> Result<PgConnection, StoreError> {
    let mut connection = database.connect()?;
    database.check_session(&mut connection)?;
    let AnyConnection::Postgres(mut connection) = connection else {
        return Err(Cause::NotPostgres.into());
    };
    servers::configure(&mut connection).map_err(unavailable)?;
    Ok(connection)
}

fn read_all(database: &Database, writer: &mut LiveKeysWriter) -> Result<u64, StoreError> {
    let since = database.clock.now() - EXPIRED_RETENTION;
    changes::load(&mut database.connect()?, since, |key| writer.set(&key))
}
