//! Servers, their clocks, the words between them and the database, and somebody who asks.

mod clients;
mod faults;
mod inject;
mod known;
mod talk;

use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cocore_keys::lease::{Node, PeerRow, Reply, Report, Timing};
use cocore_keys::{ActiveKey, Change, Keys, LiveKeysWriter, Secret, SystemRandom};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::clock::Drifting;
use crate::database::Database;
use crate::nowhere::{Nowhere, now};
pub(crate) use faults::Faults;
use known::Known;

const SERVERS: usize = 3;
const MILLI: Duration = Duration::from_millis(1);

/// A word on its way.
enum Event {
    /// A server looks around.
    Turn(usize),
    /// A statement of a server begins in the database.
    Begin(usize, u64, Sent),
    /// Its writes are done.
    Finish(usize, u64, Report, Duration, Reply),
    /// What it read comes back.
    Answer(usize, u64, Answer),
    /// Keys that were read arrive.
    Loaded(usize, u64, u64, Vec<ActiveKey>),
    /// Word of a change, or of a report.
    Word(usize, bool),
    /// A server's writer has its turn.
    Write(usize),
    /// The writer knows that it is committed.
    Committed(usize, u64, u64, Vec<Change>),
    /// Somebody asks a server about a key; sent at an earlier moment.
    Ask(usize, Duration),
    /// Something goes wrong.
    Fault,
    /// A server goes on.
    GoOn(usize),
    /// The database is there again.
    Up,
    Sync,
}

#[derive(Clone, Debug)]
enum Sent {
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
    /// The connection is gone.
    Failed,
}

struct Server {
    node: Node,
    /// The writer of the set, while the keys are being loaded.
    loading: Option<LiveKeysWriter>,
    keys: Keys<Nowhere>,
    clock: Arc<Drifting>,
    /// Whether it waits for the database.
    is_busy: bool,
    /// When it looks around next.
    turn: Option<Duration>,
    /// What comes from an earlier connection is not heard.
    connection: u64,
    /// What comes from an earlier process neither.
    life: u64,
    /// Until when it stands still.
    stopped: bool,
    /// What it will find when it goes on.
    held: Vec<Event>,
    /// What its writer has told it, and when that was.
    inbox: Vec<(u64, Vec<Change>, Duration)>,
    /// When its writer last spoke: it speaks in the order of its commits.
    spoke: Duration,
    /// Epochs that it has to answer, and when they were committed.
    owes: BTreeMap<u64, Vec<(Duration, Vec<Change>)>>,
}

pub(crate) struct World {
    random: StdRng,
    timing: Timing,
    faults: Faults,
    time: Arc<Mutex<Duration>>,
    queue: BinaryHeap<Queued>,
    number: u64,
    database: Database,
    servers: Vec<Server>,
    secrets: Vec<Secret>,
    known: HashMap<[u8; 32], Known>,
    /// Epochs that were answered.
    pub(crate) answered: Vec<u64>,
    /// What was decided by stale knowledge.
    pub(crate) stale: Vec<String>,
    pub(crate) from_memory: u64,
    pub(crate) asked_the_database: u64,
    pub(crate) longest_wait: Duration,
}

/// The earliest first.
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

impl World {
    pub(crate) fn new(seed: u64, timing: Timing, faults: Faults) -> Self {
        let mut world = Self {
            random: StdRng::seed_from_u64(seed),
            timing,
            faults,
            time: Arc::default(),
            queue: BinaryHeap::new(),
            number: 0,
            database: Database::up(),
            servers: Vec::new(),
            secrets: Vec::new(),
            known: HashMap::new(),
            answered: Vec::new(),
            stale: Vec::new(),
            from_memory: 0,
            asked_the_database: 0,
            longest_wait: Duration::ZERO,
        };
        for place in 0..SERVERS {
            let server = world.server(0);
            world.servers.push(server);
            world.turn_at(place, MILLI);
            world.after(MILLI, Event::Write(place));
            world.after(MILLI, Event::Ask(place, Duration::ZERO));
        }
        world.after(MILLI, Event::Sync);
        if let Some(every) = faults.every {
            world.after(every, Event::Fault);
        }
        world
    }

    fn server(&mut self, life: u64) -> Server {
        let clock = Arc::new(Drifting {
            real: self.time.clone(),
            rate: self
                .random
                .random_range(-self.faults.drift..=self.faults.drift),
            offset: Duration::from_secs(self.random.random_range(0..1000)),
        });
        let store = Nowhere::default();
        let keys = Keys::new(store.clone(), clock.clone(), Arc::new(SystemRandom));
        now(keys.subscribe()).unwrap();
        let live = store.0.lock().unwrap().clone().unwrap();
        Server {
            node: Node::new(self.timing, LiveKeysWriter::new(&live)),
            loading: None,
            keys,
            clock,
            is_busy: false,
            turn: None,
            connection: 0,
            life,
            stopped: false,
            held: Vec::new(),
            inbox: Vec::new(),
            spoke: Duration::ZERO,
            owes: BTreeMap::new(),
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

    /// A delay of a word between machines: mostly short, at times long.
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
            self.happen(next.event);
        }
        *self.time.lock().unwrap() = end;
    }

    /// Nothing goes wrong from now on.
    pub(crate) fn heal(&mut self) {
        self.faults.every = None;
        self.faults.lost = 0;
    }

    pub(crate) fn begin_to_measure(&mut self) {
        self.longest_wait = Duration::ZERO;
        self.asked_the_database = 0;
    }

    #[track_caller]
    pub(crate) fn assert_well(&self) {
        for (place, server) in self.servers.iter().enumerate() {
            assert!(server.keys.is_current(), "{place} asks the database");
            let late = server
                .owes
                .values()
                .flatten()
                .filter(|(at, _)| *at + 5 * MILLI * 100 < self.time());
            assert_eq!(late.count(), 0, "{place} owes answers");
        }
    }

    fn happen(&mut self, event: Event) {
        if let Some((place, life)) = self.reader(&event) {
            let server = &mut self.servers[place];
            if life.is_some_and(|life| life != server.life) {
                return;
            }
            if server.stopped {
                return server.held.push(event);
            }
        }
        match event {
            Event::Turn(place) => {
                // An earlier one may have come in between.
                if self.servers[place].turn.is_some_and(|at| at <= self.time()) {
                    self.servers[place].turn = None;
                    self.turn(place);
                }
            }
            Event::Begin(place, connection, sent) => self.begin(place, connection, sent),
            Event::Finish(place, connection, report, sent, mut reply) => {
                reply.is_registered = self.database.is_up && self.database.report(&report);
                if report.notify {
                    self.tell(place, false);
                }
                let answer = match self.database.is_up {
                    true => Answer::Report(Some(report), reply, sent),
                    false => Answer::Failed,
                };
                self.answer(place, connection, answer);
            }
            Event::Answer(place, connection, answer) => self.hear(place, connection, answer),
            Event::Loaded(place, _, epoch, keys) => {
                let server = &mut self.servers[place];
                if let Some(mut writer) = server.loading.take() {
                    keys.iter().for_each(|key| writer.insert(key));
                    server.node.loaded(writer, epoch);
                }
                self.wake(place);
            }
            Event::Word(place, is_change) => {
                let node = &mut self.servers[place].node;
                match is_change {
                    true => node.change_notified(),
                    false => node.report_notified(),
                }
                self.wake(place);
            }
            Event::Write(place) => self.write(place),
            Event::Committed(place, _, epoch, changes) => {
                let server = &mut self.servers[place];
                let at = server.clock.at(*self.time.lock().unwrap());
                server.inbox.push((epoch, changes, at));
                self.wake(place);
            }
            Event::Ask(place, sent) => self.ask(place, sent),
            Event::Fault => self.fault(),
            Event::GoOn(place) => {
                self.servers[place].stopped = false;
                for event in std::mem::take(&mut self.servers[place].held) {
                    self.after(Duration::ZERO, event);
                }
            }
            Event::Up => self.database.is_up = true,
            Event::Sync => {
                self.database.sync();
                if self.random.random_ratio(1, 20) {
                    self.database.purge(30);
                }
                let again = Duration::from_millis(self.random.random_range(1..400));
                self.after(again, Event::Sync);
            }
        }
    }

    /// Which process an event happens to, and in which life of it.
    fn reader(&self, event: &Event) -> Option<(usize, Option<u64>)> {
        match event {
            Event::Turn(place)
            | Event::Word(place, _)
            | Event::Write(place)
            | Event::Ask(place, _)
            | Event::Answer(place, ..) => Some((*place, None)),
            Event::Loaded(place, life, ..) | Event::Committed(place, life, ..) => {
                Some((*place, Some(*life)))
            }
            _ => None,
        }
    }

    fn wake(&mut self, place: usize) {
        self.turn_at(place, self.time() + MILLI / 10);
    }

    fn turn_at(&mut self, place: usize, at: Duration) {
        let turn = &mut self.servers[place].turn;
        if turn.is_none_or(|turn| at < turn) {
            *turn = Some(at);
            self.at(at, Event::Turn(place));
        }
    }
}
