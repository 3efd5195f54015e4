//! Servers, their clocks, the words between them and the database, and somebody who asks.

use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cocore_keys::lease::{Node, Reply, Report, Row, Step, Terms};
use cocore_keys::{
    Change, Clock, Digest, Key, KeyStore, Keys, LiveKeys, NewKey, Secret, StoreError, SystemRandom,
    Use,
};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::database::Database;

/// What may go wrong.
#[derive(Clone, Copy)]
pub(crate) struct Faults {
    /// How often, in mean, something does.
    every: Option<Duration>,
    /// Of a hundred words to the others, how many are lost.
    lost: u32,
    /// By how much clocks go wrong, at most, in thousandths.
    drift: i32,
}

impl Faults {
    pub(crate) const ALL: Self = Self {
        every: Some(Duration::from_millis(1500)),
        lost: 20,
        drift: 20,
    };
    pub(crate) const NONE: Self = Self {
        every: None,
        lost: 0,
        drift: 20,
    };
}

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
    Loaded(usize, u64, u64, Vec<NewKey>),
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
    Register(Row),
    Report(Option<Report>, Duration),
    Remove(Vec<(u128, u64)>),
}

enum Answer {
    CatchUp(Vec<(u64, Vec<Change>)>),
    Register(Row),
    Report(Option<Report>, Reply, Duration),
    Remove(Vec<(u128, u64)>),
    /// The connection is gone.
    Failed,
}

/// The clock of a server: it goes a bit wrong.
struct Drifting {
    real: Arc<Mutex<Duration>>,
    /// In thousandths.
    rate: i32,
    offset: Duration,
}

impl Clock for Drifting {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn steady(&self) -> Duration {
        self.at(*self.real.lock().unwrap())
    }
}

impl Drifting {
    fn at(&self, real: Duration) -> Duration {
        let rate = f64::from(1000 + self.rate) / 1000.0;
        self.offset + real.mul_f64(rate)
    }

    /// The real time at which it shows a time.
    fn real(&self, shown: Duration) -> Duration {
        let rate = f64::from(1000 + self.rate) / 1000.0;
        shown.saturating_sub(self.offset).div_f64(rate)
    }
}

/// A store that can only be followed: whoever asks it shows that the set was not trusted.
#[derive(Clone, Default)]
struct Nowhere(Arc<Mutex<Option<Arc<LiveKeys>>>>);

impl KeyStore for Nowhere {
    async fn key_follow(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        *self.0.lock().unwrap() = Some(live);
        Ok(())
    }
    async fn key_any(&self) -> Result<bool, StoreError> {
        unreachable!()
    }
    async fn key_by_digest(&self, _: Digest) -> Result<Option<Key>, StoreError> {
        Err(StoreError::unavailable("asked"))
    }
    async fn key_create(&self, _: NewKey) -> Result<(), StoreError> {
        unreachable!()
    }
    async fn key_delete(&self, _: &str, _: &str) -> Result<bool, StoreError> {
        unreachable!()
    }
    async fn key_list(&self, _: &str) -> Result<Vec<NewKey>, StoreError> {
        unreachable!()
    }
    async fn key_revoke(&self, _: &str, _: &str, _: DateTime<Utc>) -> Result<bool, StoreError> {
        unreachable!()
    }
    async fn key_used(&self, _: Vec<Use>) -> Result<(), StoreError> {
        unreachable!()
    }
    async fn ping(&self) -> Result<(), StoreError> {
        unreachable!()
    }
}

/// The result of what never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("it waited"),
    }
}

struct Server {
    node: Node,
    live: Arc<LiveKeys>,
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

/// What clients know of a key.
#[derive(Clone, Copy, Default)]
struct Known {
    made: Option<Duration>,
    ended: Option<Duration>,
    /// Whether its end is committed, answered or not.
    is_ending: bool,
}

pub(crate) struct World {
    random: StdRng,
    terms: Terms,
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
    pub(crate) fn new(seed: u64, terms: Terms, faults: Faults) -> Self {
        let mut world = Self {
            random: StdRng::seed_from_u64(seed),
            terms,
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
        now(keys.follow()).unwrap();
        let live = store.0.lock().unwrap().clone().unwrap();
        Server {
            node: Node::new(self.terms, Some(live.clone())),
            live,
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
                if report.is_news {
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
                keys.iter().for_each(|key| server.live.insert(key));
                server.node.loaded(epoch);
                self.wake(place);
            }
            Event::Word(place, is_change) => {
                let node = &mut self.servers[place].node;
                match is_change {
                    true => node.heard_of_change(),
                    false => node.heard_of_report(),
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

    /// What the thread of a server does that keeps its set.
    fn turn(&mut self, place: usize) {
        self.settle(place);
        let server = &mut self.servers[place];
        if server.is_busy {
            return;
        }
        for (epoch, changes, at) in std::mem::take(&mut server.inbox) {
            match changes.is_empty() {
                true => server.node.seen(epoch, at),
                false => server.node.committed(epoch, changes, at),
            }
        }
        let shown = server.clock.steady();
        let (connection, life) = (server.connection, server.life);
        let sent = match server.node.next(shown) {
            Step::Wait(until) => {
                let until = server.clock.real(until).max(self.time() + MILLI / 10);
                return self.turn_at(place, until);
            }
            Step::Load => {
                // Read beside everything else.
                let delay = self.delay();
                self.after(delay, Event::Begin(place, life, Sent::Load));
                return self.wake(place);
            }
            Step::CatchUp { after } => Sent::CatchUp(after),
            Step::Register {
                acknowledged,
                stamp,
            } => Sent::Register(Row {
                id: self.random.random(),
                stamp,
                acknowledged,
            }),
            Step::Report(report) => Sent::Report(report, shown),
            Step::Remove(rows) => Sent::Remove(rows),
        };
        self.servers[place].is_busy = true;
        let delay = self.delay();
        self.after(delay, Event::Begin(place, connection, sent));
    }

    /// What the database does with a statement.
    fn begin(&mut self, place: usize, connection: u64, sent: Sent) {
        if !self.database.is_up {
            return match sent {
                Sent::Load => {
                    if self.servers[place].life == connection {
                        self.servers[place].node.not_loaded();
                    }
                }
                _ => self.answer(place, connection, Answer::Failed),
            };
        }
        let answer = match sent {
            Sent::Load => {
                let (epoch, keys) = self.database.load();
                let delay = 20 * self.delay().min(100 * MILLI);
                return self.after(delay, Event::Loaded(place, connection, epoch, keys));
            }
            Sent::CatchUp(after) => Answer::CatchUp(self.database.changes(after, 3)),
            Sent::Register(row) => {
                self.database.register(row);
                Answer::Register(row)
            }
            Sent::Report(Some(report), sent) => {
                let seen = self.database.snapshot();
                let delay = self.delay();
                return self.after(delay, Event::Finish(place, connection, report, sent, seen));
            }
            Sent::Report(None, sent) => Answer::Report(None, self.database.snapshot(), sent),
            Sent::Remove(rows) => {
                self.database.remove(&rows);
                Answer::Remove(rows)
            }
        };
        self.answer(place, connection, answer);
    }

    fn answer(&mut self, place: usize, connection: u64, answer: Answer) {
        let delay = self.delay();
        self.after(delay, Event::Answer(place, connection, answer));
    }

    /// A server hears how a step ended.
    fn hear(&mut self, place: usize, connection: u64, answer: Answer) {
        let server = &mut self.servers[place];
        if connection != server.connection {
            return;
        }
        let shown = server.clock.steady();
        server.is_busy = false;
        match answer {
            Answer::CatchUp(epochs) => server.node.caught_up(epochs),
            Answer::Register(row) => server.node.registered(row.id),
            Answer::Report(report, reply, sent) => {
                server.node.reported(report, &reply, sent, shown)
            }
            Answer::Remove(rows) => server.node.removed(&rows),
            Answer::Failed => {
                server.node.disconnected();
                server.connection += 1;
                return self.turn_at(place, self.time() + 20 * MILLI);
            }
        }
        self.wake(place);
    }

    /// Tells the others, or does not.
    fn tell(&mut self, from: usize, is_change: bool) {
        for place in (0..SERVERS).filter(|place| *place != from) {
            let lost = self.random.random_range(0..100) < self.faults.lost;
            let times = if lost {
                0
            } else {
                self.random.random_range(1..=2)
            };
            for _ in 0..times {
                let delay = self.delay();
                self.after(delay, Event::Word(place, is_change));
            }
        }
    }

    /// A server's writer makes a key, or ends one, or both.
    fn write(&mut self, place: usize) {
        let again = Duration::from_millis(self.random.random_range(1..600));
        self.after(again, Event::Write(place));
        if !self.database.is_up {
            return;
        }
        let mut changes = Vec::new();
        if self.random.random_ratio(1, 2) {
            let secret = Secret::from_random(self.random.random());
            let key = Key {
                id: uuid::Uuid::from_u128(self.random.random()).to_string(),
                did: "did:web:alice.example".to_owned(),
                name: "n".to_owned(),
                prefix: secret.prefix().to_owned(),
                created_at: DateTime::UNIX_EPOCH,
                expires_at: None,
                revoked_at: None,
                last_used_at: None,
            };
            let digest = secret.digest();
            self.known.insert(*digest.as_bytes(), Known::default());
            self.secrets.push(secret);
            changes.push(Change::Made(NewKey { key, digest }));
        }
        let place_of_one = self.random.random_range(0..self.secrets.len().max(1));
        if self.random.random_ratio(1, 3)
            && let Some(secret) = self.secrets.get(place_of_one)
        {
            let digest = secret.digest();
            let known = self.known.get_mut(digest.as_bytes()).unwrap();
            if known.is_ending {
                return self.end_again(place, digest);
            }
            if !changes.iter().any(|change| *change.digest() == digest) {
                known.is_ending = true;
                changes.push(Change::Ended(digest));
            }
        }
        if changes.is_empty() {
            return;
        }
        let epoch = self.database.commit(&changes);
        self.tell(place, true);
        let server = &mut self.servers[place];
        let at = *self.time.lock().unwrap();
        let owed = server.owes.entry(epoch).or_default();
        owed.push((at, changes.clone()));
        let life = server.life;
        // At times the writer never learns of it.
        if self.faults.every.is_none() || !self.random.random_ratio(1, 50) {
            let delay = self.delay();
            let spoke = (at + delay).max(self.servers[place].spoke);
            self.servers[place].spoke = spoke;
            self.at(spoke, Event::Committed(place, life, epoch, changes));
        } else {
            self.servers[place].owes.remove(&epoch);
        }
    }

    /// Somebody ends what has ended already, perhaps without anybody's having been told.
    fn end_again(&mut self, place: usize, digest: Digest) {
        let (time, epoch) = (self.time(), self.database.epoch);
        let server = &mut self.servers[place];
        let owed = server.owes.entry(epoch).or_default();
        // Whoever made the change says so with its next report alone.
        let at = time + self.terms.renew_every;
        owed.push((at, vec![Change::Ended(digest)]));
        server.spoke = server.spoke.max(time + MILLI / 10);
        let (spoke, life) = (server.spoke, server.life);
        self.at(spoke, Event::Committed(place, life, epoch, Vec::new()));
    }

    /// Answers whoever may be answered.
    fn settle(&mut self, place: usize) {
        let time = self.time();
        let server = &mut self.servers[place];
        let shown = server.clock.steady();
        let Some(settled) = server.node.settled(shown) else {
            return;
        };
        let later = server.owes.split_off(&(settled + 1));
        let done = std::mem::replace(&mut server.owes, later);
        for (epoch, owed) in done {
            self.answered.push(epoch);
            for (at, changes) in owed {
                self.longest_wait = self.longest_wait.max(time.saturating_sub(at));
                for change in changes {
                    let known = self.known.get_mut(change.digest().as_bytes()).unwrap();
                    match change {
                        Change::Made(_) => known.made = Some(time),
                        Change::Ended(_) => known.ended = known.ended.or(Some(time)),
                    }
                }
            }
        }
    }

    /// A client that has just sent a request gets it answered.
    fn ask(&mut self, place: usize, sent: Duration) {
        let time = self.time();
        for _ in 0..4 {
            // The later ones more often.
            let far = self.random.random_range(1..=200);
            let back = self.random.random_range(0..far);
            let Some(place_of_one) = self.secrets.len().checked_sub(1 + back) else {
                continue;
            };
            let secret = &self.secrets[place_of_one];
            let known = self.known[secret.digest().as_bytes()];
            let before = |at: Option<Duration>| at.is_some_and(|at| at < sent);
            match now(self.servers[place].keys.authenticate(secret.expose())) {
                Err(_) => self.asked_the_database += 1,
                Ok(found) => {
                    self.from_memory += 1;
                    if found.is_some() && before(known.ended) {
                        self.stale
                            .push(format!("{place} accepts what ended, at {time:?}"));
                    }
                    if found.is_none() && before(known.made) && !known.is_ending {
                        self.stale
                            .push(format!("{place} refuses what is live, at {time:?}"));
                    }
                }
            }
        }
        // The next one is sent at some moment, and takes its time.
        let sent = time + Duration::from_micros(self.random.random_range(1..40_000));
        let delay = self.delay().min(50 * MILLI);
        self.at(sent + delay, Event::Ask(place, sent));
    }

    fn fault(&mut self) {
        let Some(every) = self.faults.every else {
            return;
        };
        let again = every.mul_f64(self.random.random_range(0.1..2.0));
        self.after(again, Event::Fault);
        let place = self.random.random_range(0..SERVERS);
        let long = Duration::from_millis(self.random.random_range(1..5000));
        match self.random.random_range(0..10) {
            0..4 if !self.servers[place].stopped => {
                self.servers[place].stopped = true;
                self.after(long, Event::GoOn(place));
            }
            // What is on its way on the old connection still gets there.
            4..7 => {
                let server = &mut self.servers[place];
                server.connection += 1;
                server.is_busy = false;
                server.node.disconnected();
                self.turn_at(place, self.time() + 20 * MILLI);
            }
            7 | 8 => {
                self.database.crash();
                for server in &mut self.servers {
                    server.connection += 1;
                    server.is_busy = false;
                    server.node.disconnected();
                }
                for place in 0..SERVERS {
                    self.turn_at(place, self.time() + 20 * MILLI);
                }
                self.after(long / 4, Event::Up);
            }
            9 => {
                let life = self.servers[place].life + 1;
                let connection = self.servers[place].connection + 1;
                let stopped = self.servers[place].stopped;
                let held = std::mem::take(&mut self.servers[place].held);
                self.servers[place] = self.server(life);
                self.servers[place].connection = connection;
                self.servers[place].stopped = stopped;
                self.servers[place].held = held;
                self.wake(place);
            }
            _ => {}
        }
    }
}
