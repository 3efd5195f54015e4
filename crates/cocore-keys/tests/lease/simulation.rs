//! A simulation of servers with their clocks, one database, the messages between them, and clients.

mod changes;
mod clients;
mod faults;
mod inject;
mod known;
mod messages;

use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use cocore_keys::lease::{Node, PeerRow, Reply, Report, Timing};
use cocore_keys::{ActiveKey, Change, Clock, Digest, Keys, LiveKeysWriter, SystemRandom};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::clock::DriftingClock;
use crate::database::Database;
use crate::no_store::{NoStore, now};
pub(crate) use faults::{Faults, Planted};
use known::{Known, Version};

const SERVERS: usize = 3;
const MILLISECOND: Duration = Duration::from_millis(1);
/// How long expired keys stay in memory: longer than two wall clocks differ.
const EXPIRED_RETENTION: TimeDelta = TimeDelta::milliseconds(200);

/// What happens at a moment. Servers are named by their index.
enum Event {
    /// A server takes its next step.
    Step(usize),
    /// A statement of a server arrives at the database.
    Arrive(usize, u64, Statement),
    /// A report is written.
    Finish(usize, u64, Report, Duration, Reply),
    /// The answer to a statement arrives at the server.
    Answer(usize, u64, Answer),
    /// The keys of a load arrive at the server.
    Loaded(usize, u64, u64, Vec<ActiveKey>),
    /// A notification of a change (true) or of a report (false) arrives at a server.
    Notification(usize, bool),
    /// A server removes keys from memory that are expired.
    Evict(usize),
    /// The writer of a server commits changes.
    Write(usize),
    /// The writer learns that they are committed.
    Committed(usize, u64, u64, Vec<Change>),
    /// A request of a client arrives at a server. It was sent at an earlier moment.
    Ask(usize, Duration),
    /// A fault is injected.
    Fault,
    /// A stopped server resumes.
    Resume(usize),
    /// The database has restarted.
    Up,
    /// The database syncs to disk.
    Sync,
}

#[derive(Clone, Debug)]
enum Statement {
    Load,
    CatchUp(u64),
    Register(PeerRow),
    Report(Option<Report>, Duration),
    Remove(Vec<(u128, u64)>),
}

enum Answer {
    CatchUp(Vec<(u64, Vec<Change>)>),
    Register(PeerRow),
    Report(Option<Report>, Reply, Duration),
    Remove(Vec<(u128, u64)>),
    /// The connection is lost.
    Failed,
}

struct Server {
    node: Node,
    /// The writer of the set, while the keys are being loaded.
    loading: Option<LiveKeysWriter>,
    keys: Keys<NoStore>,
    clock: Arc<DriftingClock>,
    /// Whether it waits for the database.
    is_busy: bool,
    /// When its next step is scheduled.
    step_at: Option<Duration>,
    /// The number of its connection: answers on an earlier one are ignored.
    connection: u64,
    /// The number of its process: events of an earlier one are ignored.
    incarnation: u64,
    /// Whether it is stopped, as by SIGSTOP.
    stopped: bool,
    /// The events that wait until it resumes.
    held: Vec<Event>,
    /// Commits that its writer reported, and when. Without changes, the writer only observed the epoch.
    committed: Vec<(u64, Vec<Change>, Duration)>,
    /// When its writer last reported a commit: it reports them in order.
    reported_at: Duration,
    /// The states of keys of each epoch that it has to answer, and when they were committed.
    unanswered: BTreeMap<u64, Vec<(Duration, Vec<Version>)>>,
    /// The epoch that it has acknowledged last.
    acknowledged: u64,
}

pub(crate) struct Simulation {
    random: StdRng,
    timing: Timing,
    faults: Faults,
    time: Arc<Mutex<Duration>>,
    queue: BinaryHeap<Queued>,
    number: u64,
    database: Database,
    servers: Vec<Server>,
    /// The keys, in the order of their creation.
    digests: Vec<Digest>,
    known: HashMap<Digest, Known>,
    /// The epochs that were answered.
    pub(crate) answered: Vec<u64>,
    /// Requests that were decided by stale data.
    pub(crate) stale: Vec<String>,
    pub(crate) from_memory: u64,
    pub(crate) asked_the_database: u64,
    pub(crate) longest_wait: Duration,
}

/// An event in the queue, of which the earliest is the greatest.
struct Queued {
    at: Duration,
    number: u64,
    event: Event,
}

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Queued {}
impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Queued {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl Simulation {
    pub(crate) fn new(seed: u64, timing: Timing, faults: Faults) -> Self {
        let mut simulation = Self {
            random: StdRng::seed_from_u64(seed),
            timing,
            faults,
            time: Arc::default(),
            queue: BinaryHeap::new(),
            number: 0,
            database: Database::up(),
            servers: Vec::new(),
            digests: Vec::new(),
            known: HashMap::new(),
            answered: Vec::new(),
            stale: Vec::new(),
            from_memory: 0,
            asked_the_database: 0,
            longest_wait: Duration::ZERO,
        };
        for index in 0..SERVERS {
            let server = simulation.server(0);
            simulation.servers.push(server);
            simulation.schedule_step(index, MILLISECOND);
            simulation.after(MILLISECOND, Event::Evict(index));
            simulation.after(MILLISECOND, Event::Write(index));
            simulation.after(MILLISECOND, Event::Ask(index, Duration::ZERO));
        }
        simulation.after(MILLISECOND, Event::Sync);
        if let Some(every) = faults.every {
            simulation.after(every, Event::Fault);
        }
        simulation
    }

    fn server(&mut self, incarnation: u64) -> Server {
        let clock = Arc::new(DriftingClock {
            real: self.time.clone(),
            rate: self
                .random
                .random_range(-self.faults.drift..=self.faults.drift),
            offset: Duration::from_secs(self.random.random_range(0..1000)),
            wall: DateTime::UNIX_EPOCH
                + TimeDelta::milliseconds(self.random.random_range(1_000_000..1_000_100)),
        });
        let store = NoStore::default();
        let keys = Keys::new(store.clone(), clock.clone(), Arc::new(SystemRandom));
        now(keys.subscribe()).unwrap();
        let live = store.0.lock().unwrap().clone().unwrap();
        Server {
            node: Node::new(self.timing, LiveKeysWriter::new(&live)),
            loading: None,
            keys,
            clock,
            is_busy: false,
            step_at: None,
            connection: 0,
            incarnation,
            stopped: false,
            held: Vec::new(),
            committed: Vec::new(),
            reported_at: Duration::ZERO,
            unanswered: BTreeMap::new(),
            acknowledged: 0,
        }
    }

    fn time(&self) -> Duration {
        *self.time.lock().unwrap()
    }

    fn after(&mut self, delay: Duration, event: Event) {
        self.at(self.time() + delay, event);
    }

    fn at(&mut self, at: Duration, event: Event) {
        self.number += 1;
        let number = self.number;
        self.queue.push(Queued { at, number, event });
    }

    /// Returns the delay of a message: mostly short, sometimes long.
    fn delay(&mut self) -> Duration {
        let is_long = self.faults.every.is_some() && self.random.random_ratio(1, 200);
        let micros = if is_long { 3_000_000 } else { 2_000 };
        Duration::from_micros(self.random.random_range(50..micros))
    }

    pub(crate) fn run(&mut self, long: Duration) {
        let end = self.time() + long;
        while let Some(next) = self.queue.pop() {
            if next.at > end {
                self.queue.push(next);
                break;
            }
            *self.time.lock().unwrap() = next.at;
            self.handle(next.event);
        }
        *self.time.lock().unwrap() = end;
    }

    /// Injects no more faults.
    pub(crate) fn heal(&mut self) {
        self.faults.every = None;
        self.faults.lost = 0;
    }

    pub(crate) fn start_measuring(&mut self) {
        self.longest_wait = Duration::ZERO;
        self.asked_the_database = 0;
    }

    #[track_caller]
    pub(crate) fn assert_healthy(&self) {
        for (index, server) in self.servers.iter().enumerate() {
            assert!(server.keys.is_current(), "server {index} looks keys up");
            let late = server
                .unanswered
                .values()
                .flatten()
                .filter(|(at, _)| *at + 5 * MILLISECOND * 100 < self.time());
            assert_eq!(late.count(), 0, "server {index} is late with answers");
        }
    }

    fn handle(&mut self, event: Event) {
        if let Some((index, incarnation)) = self.recipient(&event) {
            let server = &mut self.servers[index];
            if incarnation.is_some_and(|incarnation| incarnation != server.incarnation) {
                return;
            }
            if server.stopped {
                return server.held.push(event);
            }
        }
        match event {
            Event::Step(index) => {
                // The step may have been scheduled for an earlier moment since.
                if self.servers[index]
                    .step_at
                    .is_some_and(|at| at <= self.time())
                {
                    self.servers[index].step_at = None;
                    self.step(index);
                }
            }
            Event::Arrive(index, connection, sent) => self.arrive(index, connection, sent),
            Event::Finish(index, connection, report, sent, mut reply) => {
                reply.is_registered = self.database.is_up && self.database.report(&report);
                if report.notify {
                    self.notify_peers(index, false);
                }
                let answer = if self.database.is_up {
                    Answer::Report(Some(report), reply, sent)
                } else {
                    Answer::Failed
                };
                self.answer(index, connection, answer);
            }
            Event::Answer(index, connection, answer) => self.answered(index, connection, answer),
            Event::Loaded(index, _, epoch, keys) => {
                let server = &mut self.servers[index];
                if let Some(mut writer) = server.loading.take() {
                    keys.iter().for_each(|key| writer.set(key));
                    server.node.loaded(writer, epoch);
                }
                self.wake(index);
            }
            Event::Notification(index, is_change) => {
                let node = &mut self.servers[index].node;
                if is_change {
                    node.change_notified();
                } else {
                    node.report_notified();
                }
                self.wake(index);
            }
            Event::Evict(index) => {
                let server = &mut self.servers[index];
                server
                    .node
                    .evict_expired(server.clock.now() - EXPIRED_RETENTION);
                self.after(300 * MILLISECOND, Event::Evict(index));
            }
            Event::Write(index) => self.write(index),
            Event::Committed(index, _, epoch, changes) => {
                let server = &mut self.servers[index];
                let at = server.clock.at(*self.time.lock().unwrap());
                server.committed.push((epoch, changes, at));
                self.wake(index);
            }
            Event::Ask(index, sent) => self.ask(index, sent),
            Event::Fault => self.fault(),
            Event::Resume(index) => {
                self.servers[index].stopped = false;
                for event in std::mem::take(&mut self.servers[index].held) {
                    self.after(Duration::ZERO, event);
                }
            }
            Event::Up => self.database.is_up = true,
            Event::Sync => {
                self.database.sync();
                // Either makes a server load all keys that has not read the epoch yet, which is a fault.
                if self.faults.every.is_some() {
                    if self.random.random_ratio(1, 20) {
                        let kept = self.random.random_range(0..30);
                        self.database.purge(kept);
                    }
                    if self.random.random_ratio(1, 40) {
                        self.write_unrecorded();
                    }
                }
                let delay = Duration::from_millis(self.random.random_range(1..400));
                self.after(delay, Event::Sync);
            }
        }
    }

    /// Returns the server that an event is for, and the process, if it is for one alone.
    fn recipient(&self, event: &Event) -> Option<(usize, Option<u64>)> {
        match event {
            Event::Step(index)
            | Event::Notification(index, _)
            | Event::Evict(index)
            | Event::Write(index)
            | Event::Ask(index, _)
            | Event::Answer(index, ..) => Some((*index, None)),
            Event::Loaded(index, incarnation, ..) | Event::Committed(index, incarnation, ..) => {
                Some((*index, Some(*incarnation)))
            }
            _ => None,
        }
    }

    fn wake(&mut self, index: usize) {
        self.schedule_step(index, self.time() + MILLISECOND / 10);
    }

    fn schedule_step(&mut self, index: usize, at: Duration) {
        let step_at = &mut self.servers[index].step_at;
        if step_at.is_none_or(|next| at < next) {
            *step_at = Some(at);
            self.at(at, Event::Step(index));
        }
    }
}
