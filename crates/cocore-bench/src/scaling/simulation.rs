//! Servers, their messages to the database, and the clients that revoke keys.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cocore_keys::lease::{Node, PeerRow, Step, Timing};
use cocore_keys::{Change, Digest, LiveKeys, LiveKeysWriter};

use super::database::{Database, Work};
use super::event::{Answer, Entry, Event, Notification, Statement};

/// How long the servers have for their start.
const START: Duration = Duration::from_secs(5);
/// What a server needs for a step.
const STEP: Duration = Duration::from_micros(50);
/// A commit's sync, and its place in the log.
const SYNC: Duration = Duration::from_micros(500);
/// The statements of a transaction, each of which waits for its answer: begin with the lock, change the key, record
/// the change. The commit follows.
const BEFORE_COMMIT: u32 = 3;
/// How often it is looked whether a server looks up its keys.
const SAMPLE: Duration = Duration::from_millis(10);
/// A slow server does nothing for so long, of so long.
const PAUSE: (Duration, Duration) = (Duration::from_millis(1000), Duration::from_millis(5000));

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Situation {
    Well,
    /// One server stops for a second, again and again.
    OneSlow,
    /// One server is killed.
    OneLost,
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Well => "all well",
            Self::OneSlow => "one stops for 1 s of 5 s",
            Self::OneLost => "one is killed",
        })
    }
}

/// What was measured.
pub(super) struct Outcome {
    /// The times from each revoke to its answer.
    pub(super) answers: Vec<Duration>,
    /// The part of the time in which a server had to look up keys in the database.
    pub(super) looked_up: f64,
    pub(super) database: Work,
}

struct Server {
    node: Node,
    live: Arc<LiveKeys>,
    is_busy: bool,
    is_lost: bool,
    step_at: Option<Duration>,
    /// When the revokes arrived that wait for the next transaction.
    arrived: Vec<Duration>,
    /// The same of those that are in a transaction.
    in_transaction: Vec<Duration>,
    /// The same of those that are committed, by epoch.
    committed: Vec<(u64, Vec<Duration>)>,
}

pub(super) struct Simulation {
    now: Duration,
    /// One way of the round trip.
    way: Duration,
    between_revokes: Duration,
    situation: Situation,
    database: Database,
    servers: Vec<Server>,
    queue: BinaryHeap<Entry>,
    count: u64,
    answers: Vec<Duration>,
    samples: u64,
    looked_up: u64,
}

impl Simulation {
    pub(super) fn new(
        servers: usize,
        round_trip: Duration,
        situation: Situation,
        rate: f64,
    ) -> Self {
        let server = |_| {
            let live = Arc::new(LiveKeys::default());
            let writer = LiveKeysWriter::new(&live);
            Server {
                node: Node::new(Timing::default(), writer),
                live,
                is_busy: false,
                is_lost: false,
                step_at: None,
                arrived: Vec::new(),
                in_transaction: Vec::new(),
                committed: Vec::new(),
            }
        };
        let mut simulation = Self {
            now: Duration::ZERO,
            way: round_trip / 2,
            between_revokes: Duration::from_secs_f64(1.0 / rate),
            situation,
            database: Database::default(),
            servers: (0..servers).map(server).collect(),
            queue: BinaryHeap::new(),
            count: 0,
            answers: Vec::new(),
            samples: 0,
            looked_up: 0,
        };
        for index in 0..servers {
            // Servers do not start at the same moment.
            let start =
                START / 5 * u32::try_from(index).unwrap_or(0) / u32::try_from(servers).unwrap_or(1);
            simulation.schedule_step(index, start);
        }
        simulation
    }

    /// Lets the servers start, and then measures.
    pub(super) fn run(&mut self, measured: Duration) -> Outcome {
        self.until(START);
        self.database.work = Work::default();
        if self.situation == Situation::OneLost
            && let Some(last) = self.servers.last_mut()
        {
            last.is_lost = true;
        }
        self.after(Duration::ZERO, Event::Revoke(0));
        self.after(Duration::ZERO, Event::Sample);
        self.until(START + measured);
        Outcome {
            answers: std::mem::take(&mut self.answers),
            looked_up: self.looked_up as f64 / self.samples.max(1) as f64,
            database: self.database.work,
        }
    }

    fn until(&mut self, end: Duration) {
        while let Some(Entry(Reverse((at, count)), event)) = self.queue.pop() {
            if at > end {
                self.queue.push(Entry(Reverse((at, count)), event));
                break;
            }
            self.now = at;
            self.handle(event);
        }
        self.now = end;
    }

    fn after(&mut self, delay: Duration, event: Event) {
        self.count += 1;
        self.queue
            .push(Entry(Reverse((self.now + delay, self.count)), event));
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Step(index) => {
                let server = &mut self.servers[index];
                if server.step_at.is_some_and(|at| at <= self.now) {
                    server.step_at = None;
                    self.step(index);
                }
            }
            Event::Statement(index, statement) => self.execute(index, statement),
            Event::Answer(index, answer) => self.answered(index, answer),
            Event::Notification(index, notification) => {
                let node = &mut self.servers[index].node;
                match notification {
                    Notification::Change => node.change_notified(),
                    Notification::Report => node.report_notified(),
                }
                self.schedule_step(index, self.now + STEP);
            }
            Event::Revoke(index) => {
                let server = &mut self.servers[index];
                server.arrived.push(self.now);
                self.begin_transaction(index);
                // The servers take turns, but for the one that is slow or lost.
                let next = (index + 1) % (self.servers.len() - 1);
                self.after(self.between_revokes, Event::Revoke(next));
            }
            Event::Lock(index) => {
                self.database.statement(1);
                self.database.locked_by.push_back(index);
                if self.database.locked_by.len() == 1 {
                    self.hold_lock(index);
                }
            }
            Event::Commit(index) => self.commit(index),
            Event::Committed(index, epoch, changes) => {
                let server = &mut self.servers[index];
                server.node.committed(epoch, changes, self.now);
                let arrived = std::mem::take(&mut server.in_transaction);
                server.committed.push((epoch, arrived));
                self.begin_transaction(index);
                self.schedule_step(index, self.now + STEP);
            }
            Event::Sample => {
                let now = self.now;
                let present = self.servers.iter().filter(|server| !server.is_lost);
                for server in present {
                    self.samples += 1;
                    self.looked_up += u64::from(!server.live.is_trusted(|| now));
                }
                self.after(SAMPLE, Event::Sample);
            }
        }
    }

    /// Begins a transaction for all revokes that have arrived, unless one is under way.
    fn begin_transaction(&mut self, index: usize) {
        let server = &mut self.servers[index];
        if server.in_transaction.is_empty() && !server.arrived.is_empty() {
            server.in_transaction = std::mem::take(&mut server.arrived);
            self.after(self.way, Event::Lock(index));
        }
    }

    /// The transaction has the lock until its commit.
    fn hold_lock(&mut self, index: usize) {
        // The answers to the statements before the commit, and those statements but the first.
        let messages = 2 * BEFORE_COMMIT;
        let keys = self.servers[index].in_transaction.len();
        (1..BEFORE_COMMIT).for_each(|_| self.database.statement(keys));
        self.after(self.way * messages + SYNC, Event::Commit(index));
    }

    fn commit(&mut self, index: usize) {
        let keys = self.servers[index].in_transaction.len();
        self.database.statement(0);
        let changed: Vec<_> = (0..keys).map(|key| self.digest(key)).collect();
        let epoch = self.database.commit(changed.clone());
        self.notify_peers(index, Notification::Change);
        let changes = changed.into_iter().map(Change::Removed).collect();
        self.after(self.way, Event::Committed(index, epoch, changes));
        self.database.locked_by.pop_front();
        if let Some(next) = self.database.locked_by.front().copied() {
            self.hold_lock(next);
        }
    }

    /// The digest of a key that nothing else has.
    fn digest(&self, key: usize) -> Digest {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.count.to_be_bytes());
        bytes[8..16].copy_from_slice(&(key as u64).to_be_bytes());
        Digest::from_bytes(bytes)
    }

    fn notify_peers(&mut self, from: usize, notification: Notification) {
        let peers = (0..self.servers.len()).filter(|index| *index != from);
        let peers: Vec<_> = peers
            .filter(|index| !self.servers[*index].is_lost)
            .collect();
        self.database.notify(peers.len());
        for peer in peers {
            self.after(self.way, Event::Notification(peer, notification));
        }
    }

    /// When a slow server goes on, if it does nothing now.
    fn paused_until(&self, index: usize) -> Option<Duration> {
        if self.situation != Situation::OneSlow || index + 1 != self.servers.len() {
            return None;
        }
        let (pause, of) = PAUSE;
        let since = Duration::from_nanos((self.now.as_nanos() % of.as_nanos()) as u64);
        (since < pause).then(|| self.now - since + pause)
    }

    fn schedule_step(&mut self, index: usize, at: Duration) {
        let server = &mut self.servers[index];
        if server.step_at.is_none_or(|next| at < next) {
            server.step_at = Some(at);
            self.after(at.saturating_sub(self.now), Event::Step(index));
        }
    }

    /// What the thread of a server does that has its node.
    fn step(&mut self, index: usize) {
        if let Some(until) = self.paused_until(index) {
            return self.schedule_step(index, until);
        }
        let now = self.now;
        let server = &mut self.servers[index];
        if server.is_lost {
            return;
        }
        if let Some(settled) = server.node.settled(now) {
            for (_, arrived) in server
                .committed
                .extract_if(.., |(epoch, _)| *epoch <= settled)
            {
                self.answers.extend(arrived.into_iter().map(|at| now - at));
            }
        }
        if server.is_busy {
            return;
        }
        let statement = match server.node.next(now) {
            Step::Wait(until) => return self.schedule_step(index, until.max(now + STEP)),
            Step::Load(writer) => Statement::Load(writer),
            Step::CatchUp { after } => Statement::CatchUp(after),
            Step::Register {
                acknowledged,
                heartbeat,
            } => Statement::Register(PeerRow {
                id: u128::from(self.count) << 64 | index as u128,
                heartbeat,
                acknowledged,
            }),
            Step::Report(report) => Statement::Report(report, now),
            Step::Remove(rows) => Statement::Remove(rows),
        };
        server.is_busy = true;
        self.after(self.way, Event::Statement(index, statement));
    }

    /// Executes a statement in the database.
    fn execute(&mut self, index: usize, statement: Statement) {
        let answer = match statement {
            Statement::Load(writer) => Answer::Loaded(writer, self.database.epoch()),
            Statement::CatchUp(after) => Answer::CatchUp(self.database.changes_after(after)),
            Statement::Register(row) => {
                self.database.register(row);
                Answer::Register(row.id)
            }
            Statement::Report(report, sent) => {
                let reply = self.database.report(report);
                if report.is_some_and(|report| report.notify) {
                    self.notify_peers(index, Notification::Report);
                }
                Answer::Report(report, reply, sent)
            }
            Statement::Remove(rows) => {
                self.database.remove(&rows);
                Answer::Remove(rows)
            }
        };
        self.after(self.way, Event::Answer(index, answer));
    }

    /// Reports the answer to a statement to a server. A slow one sees it later.
    fn answered(&mut self, index: usize, answer: Answer) {
        if let Some(until) = self.paused_until(index) {
            return self.after(until - self.now, Event::Answer(index, answer));
        }
        let server = &mut self.servers[index];
        server.is_busy = false;
        match answer {
            Answer::Loaded(writer, epoch) => server.node.loaded(writer, epoch),
            Answer::CatchUp(epochs) => server.node.caught_up(epochs),
            Answer::Register(id) => server.node.registered(id),
            Answer::Report(report, reply, sent) => {
                server.node.reported(report, &reply, sent, self.now);
            }
            Answer::Remove(rows) => server.node.removed(&rows),
        }
        self.schedule_step(index, self.now + STEP);
    }
}
