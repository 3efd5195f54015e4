//! Two servers on one PostgreSQL: whatever goes wrong, no request that is sent after an answer is
//! decided by what was before it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::postgres::{Cluster, name};
use crate::support::proxy::Proxy;
use crate::support::skip::skip;
use crate::support::{ALICE, Call, Kept, Server, method};

/// What is known of a key, and since when.
#[derive(Clone, Copy, Default)]
struct Known {
    made: Option<Instant>,
    ended: Option<Instant>,
    /// Whether its end was asked for.
    is_ending: bool,
}

/// Servers on one database, and what clients saw.
struct World {
    cluster: Arc<Cluster>,
    database: String,
    proxy: Proxy,
    /// Where keys change.
    here: Server,
    /// Where they are used; it reaches the database through the proxy.
    there: Server,
    known: Mutex<HashMap<String, Known>>,
    /// Secrets, the latest last.
    latest: Mutex<Vec<String>>,
    stale: Mutex<Vec<String>>,
    asked: AtomicUsize,
    unavailable: AtomicUsize,
}

impl World {
    fn new(settings: &[&str]) -> Option<Self> {
        let cluster = match Cluster::new(settings) {
            Ok(cluster) => Arc::new(cluster),
            Err(why) => return skip(&why),
        };
        let url = cluster.database();
        let database = name(&url).to_owned();
        let proxy = Proxy::new(&cluster.socket());
        let here = Server::on_with(&url, &["--log", "warn"]);
        let there = Server::on_with(&proxy.url(&database), &["--log", "warn"]);
        Some(Self {
            cluster,
            database,
            proxy,
            here,
            there,
            known: Mutex::default(),
            latest: Mutex::default(),
            stale: Mutex::default(),
            asked: AtomicUsize::new(0),
            unavailable: AtomicUsize::new(0),
        })
    }

    /// Makes and ends at least this many keys here and uses them there, while something goes wrong now
    /// and then.
    fn run(&self, keys: usize, disturb: impl FnOnce(&Self) + Send) {
        let master = self.here.first_key(ALICE);
        let (lived, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let is_disturbed = AtomicBool::new(true);
        let goes_on =
            || lived.load(Ordering::Relaxed) < keys || is_disturbed.load(Ordering::Relaxed);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..12)
                .map(|_| {
                    scope.spawn(|| {
                        let (mut here, mut there) = (Kept::default(), Kept::default());
                        while goes_on() {
                            if self.life(&master, &mut here, &mut there).is_some() {
                                lived.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    })
                })
                .collect();
            for _ in 0..2 {
                scope.spawn(|| self.ask_all_the_time(&stop));
            }
            scope.spawn(|| {
                disturb(self);
                is_disturbed.store(false, Ordering::Relaxed);
            });
            workers
                .into_iter()
                .for_each(|worker| worker.join().unwrap());
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(*self.stale.lock().unwrap(), [] as [String; 0]);
        assert!(self.asked.load(Ordering::Relaxed) > 2 * keys);
    }

    /// A key is made, used, ended and used again; none where nobody can tell what became of it.
    fn life(&self, master: &str, here: &mut Kept, there: &mut Kept) -> Option<()> {
        let (secret, id) = self.make(master, here)?;
        self.ask(&secret, there);
        let how = match id.as_bytes()[35] % 2 {
            0 => "revokeApiKey",
            _ => "deleteApiKey",
        };
        self.note(&secret, |known| known.is_ending = true);
        let end = self.here.post(&method(how), &json!({ "id": id }));
        let ended = self.change(here, &end.key(master));
        if let Some((200, _)) = ended {
            let now = Instant::now();
            self.note(&secret, |known| known.ended = Some(now));
        }
        self.ask(&secret, there);
        ended.map(drop)
    }

    fn make(&self, master: &str, here: &mut Kept) -> Option<(String, String)> {
        let create = self
            .here
            .post(&method("createApiKey"), &json!({ "name": "n" }));
        let (status, made) = self.change(here, &create.key(master))?;
        let secret = made["secret"]
            .as_str()
            .filter(|_| status == 200)?
            .to_owned();
        let now = Instant::now();
        self.note(&secret, |known| known.made = Some(now));
        self.latest.lock().unwrap().push(secret.clone());
        Some((secret, made["key"]["id"].as_str()?.to_owned()))
    }

    /// Sends a change; none where nobody can tell what became of it.
    fn change(&self, here: &mut Kept, call: &Call) -> Option<(u16, Value)> {
        match here.send(call) {
            Ok(answer) if answer.status == 503 => {
                self.unavailable.fetch_add(1, Ordering::Relaxed);
                None
            }
            Ok(answer) => Some((answer.status, answer.value())),
            Err(_) => None,
        }
    }

    fn note(&self, secret: &str, note: impl FnOnce(&mut Known)) {
        let mut known = self.known.lock().unwrap();
        note(known.entry(secret.to_owned()).or_default());
    }

    fn ask_all_the_time(&self, stop: &AtomicBool) {
        let mut there = Kept::default();
        let mut number = 0;
        while !stop.load(Ordering::Relaxed) {
            number += 1;
            let secret = {
                let latest = self.latest.lock().unwrap();
                // The last few, one after the other.
                let back = 1 + number % 24;
                latest
                    .len()
                    .checked_sub(back)
                    .map(|place| latest[place].clone())
            };
            match secret {
                Some(secret) => self.ask(&secret, &mut there),
                None => thread::yield_now(),
            }
            // Two of these would keep all of a small machine busy.
            thread::sleep(Duration::from_micros(200));
        }
    }

    /// Uses a key there, and holds the answer against what was known when it was sent.
    fn ask(&self, secret: &str, there: &mut Kept) {
        let call = self.there.get("/auth/verify").key(secret);
        let sent = Instant::now();
        let Ok(answer) = there.send(&call) else {
            return;
        };
        self.asked.fetch_add(1, Ordering::Relaxed);
        let known = self.known.lock().unwrap()[secret];
        let before = |at: Option<Instant>| at.is_some_and(|at| at < sent);
        let wrong = match answer.status {
            200 => before(known.ended).then_some("accepted what had ended"),
            // Only what nobody wanted to end has to be there.
            401 => (before(known.made) && !known.is_ending).then_some("refused what was live"),
            503 => {
                self.unavailable.fetch_add(1, Ordering::Relaxed);
                None
            }
            other => panic!("{other}"),
        };
        if let Some(wrong) = wrong {
            self.stale.lock().unwrap().push(wrong.to_owned());
        }
    }

    /// How many keys a run has: 10,000 where all is to be shown.
    fn keys(few: usize) -> usize {
        match std::env::var("COCORE_NODES_KEYS") {
            Ok(text) => text.parse().unwrap(),
            Err(_) => few,
        }
    }
}

/// How long everything works between two faults.
const CALM: Duration = Duration::from_millis(1500);

#[test]
fn a_change_on_one_server_holds_on_the_other_when_it_is_answered() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    world.run(World::keys(1000), |_| {});
    let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
    let (unavailable, asked) = (count(&world.unavailable), count(&world.asked));
    // A machine that is busy enough may starve the database for longer than anybody waits.
    assert!(unavailable * 1000 <= asked, "{unavailable} of {asked}");
}

#[test]
fn also_when_the_connection_is_cut_on_which_the_other_is_heard() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    world.run(World::keys(300), |world| {
        for _ in 0..10 {
            world.proxy.cut_listeners();
            thread::sleep(CALM / 5);
        }
    });
}

#[test]
fn also_when_that_connection_says_nothing_any_more() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    world.run(World::keys(300), |world| {
        for _ in 0..2 {
            world.proxy.hold_listeners();
            // Until it is given up.
            thread::sleep(4 * CALM);
        }
    });
}

#[test]
fn also_when_the_other_stands_still_past_its_lease() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    world.run(World::keys(300), |world| {
        for _ in 0..2 {
            world.there.signal("STOP");
            thread::sleep(2 * CALM);
            world.there.signal("CONT");
            thread::sleep(CALM);
        }
    });
}

#[test]
fn also_when_the_server_of_the_changes_stands_still() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    world.run(World::keys(300), |world| {
        for _ in 0..2 {
            world.here.signal("STOP");
            thread::sleep(2 * CALM);
            world.here.signal("CONT");
            thread::sleep(CALM);
        }
    });
}

#[test]
fn also_when_the_database_is_restarted_and_killed() {
    let Some(world) = World::new(&[]) else {
        return;
    };
    world.run(World::keys(300), |world| {
        for _ in 0..2 {
            world.cluster.restart(CALM / 5);
            thread::sleep(CALM);
            world.cluster.kill();
            thread::sleep(CALM / 5);
            world.cluster.start();
            thread::sleep(CALM);
        }
    });
}

/// Attack 30: slow by two seconds, then gone without a word: 503 and never 401, and it heals unaided.
#[test]
fn a_database_that_says_nothing_is_a_503_and_heals() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    let key = world.here.first_key(ALICE);
    assert!(world.there.accepts(&key));
    world.proxy.be_silent(true);
    // For a while it answers from memory, then not at all.
    let begun = Instant::now();
    let verify = || world.there.get("/auth/verify").key(&key).send().status;
    let first_refusal = loop {
        match verify() {
            200 => assert!(begun.elapsed() < Duration::from_secs(3)),
            other => break other,
        }
    };
    assert_eq!(first_refusal, 503);
    let unknown = format!("cocore-{}", "A".repeat(43));
    let answer = world.there.get("/auth/verify").key(&unknown).send();
    answer.refused(503, "ServiceUnavailable");
    assert!(answer.header("retry-after").is_some());
    world.there.get("/xrpc/_health").send().expect(503);
    world.there.get("/livez").send().expect(200);
    // The other one goes on: it waits for a lease once.
    world.here.mint(&key, &json!({ "name": "n" }));
    world.proxy.be_silent(false);
    let begun = Instant::now();
    while verify() != 200 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it does not heal"
        );
    }
    world.there.get("/xrpc/_health").send().expect(200);
}

/// Down at the start, then there.
#[test]
fn a_database_that_is_down_at_the_start_is_a_503_and_heals() {
    let cluster = match Cluster::new(&["fsync=off"]) {
        Ok(cluster) => cluster,
        Err(why) => return skip(&why).unwrap_or_default(),
    };
    let url = cluster.database();
    cluster.kill();
    let server = Server::on(&url);
    let unknown = format!("cocore-{}", "A".repeat(43));
    let ask = || server.get("/auth/verify").key(&unknown).send();
    ask().refused(503, "ServiceUnavailable");
    server.get("/livez").send().expect(200);
    cluster.start();
    let begun = Instant::now();
    while ask().status != 401 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it does not heal"
        );
    }
    let key = server.first_key(ALICE);
    assert!(server.accepts(&key));
}

/// A server that ends in order keeps nobody waiting; one that is killed does so once.
#[test]
fn nobody_waits_for_a_server_that_has_left() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    let World {
        here,
        there,
        cluster,
        database,
        ..
    } = world;
    let key = here.first_key(ALICE);
    assert!(there.accepts(&key));
    let rows = || cluster.query(&database, "SELECT count(*) FROM key_servers");
    assert_eq!(rows(), "2");
    there.stop();
    assert_eq!(rows(), "1");
    let third = Server::on(&cluster.url(&database));
    assert!(third.accepts(&key));
    third.signal("KILL");
    drop(third);
    // Its lease runs out, and its row is removed.
    here.mint(&key, &json!({ "name": "n" }));
    let begun = Instant::now();
    while rows() != "1" {
        assert!(begun.elapsed() < Duration::from_secs(10), "its row stays");
    }
}

/// What a command has changed holds on every server when it returns.
#[test]
fn the_command_line_is_one_more_that_agrees() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    for _ in 0..20 {
        let secret = world.here.first_key(ALICE);
        assert!(world.there.accepts(&secret) && world.here.accepts(&secret));
        let list = world
            .here
            .command(&["key", "list", "--did", ALICE, "--json"]);
        let list: Value = serde_json::from_slice(&list.stdout).unwrap();
        let id = list["keys"][0]["id"].as_str().unwrap();
        let done = world.here.command(&["key", "revoke", "--did", ALICE, id]);
        assert!(done.status.success(), "{done:?}");
        assert!(!world.there.accepts(&secret) && !world.here.accepts(&secret));
    }
}

/// Attack 1: neither good keys nor a flood of unknown ones cost the database anything.
#[test]
fn a_key_is_checked_without_a_query() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    let key = world.here.first_key(ALICE);
    assert!(world.there.accepts(&key));
    let queries = || {
        let counted = world.cluster.query(
            &world.database,
            "SELECT sum(idx_scan) FROM pg_stat_user_indexes WHERE relname = 'api_keys'",
        );
        counted.parse::<u64>().unwrap()
    };
    // The statistics of a connection come late: its own of a second ago are in.
    let settled = |mut last: u64| {
        let mut since = Instant::now();
        while since.elapsed() < Duration::from_millis(1500) {
            let now = queries();
            if now != last {
                (last, since) = (now, Instant::now());
            }
        }
        last
    };
    // On a busy machine a server may report too late, and look keys up for a moment: it says so.
    let lapses = || {
        world
            .there
            .printed()
            .matches("looked up one by one")
            .count()
    };
    for _ in 0..10 {
        let (lapsed, before) = (lapses(), settled(queries()));
        let mut there = Kept::default();
        for number in 0..2000 {
            let unknown = format!("cocore-{number:042}A");
            for (key, expected) in [(&key, 200), (&unknown, 401)] {
                let call = world.there.get("/auth/verify").key(key);
                assert_eq!(there.send(&call).unwrap().status, expected);
            }
        }
        let after = settled(before);
        if lapses() == lapsed {
            return assert_eq!(after, before);
        }
    }
    panic!("its reports are always late");
}
