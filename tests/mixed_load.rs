//! Keys are created, used, revoked and deleted all the time, while servers are killed and stopped, the database is
//! cut, and a disk fills up. Nothing acknowledged is lost, no revoked key is accepted, memory does not grow, and the
//! metrics are true. `COCORE_LOAD_SECONDS` is how long.

use std::collections::BTreeMap;
use std::io::{Write, stderr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::metrics::Metrics;
use crate::support::postgres::Cluster;
use crate::support::skip::or_skip;
use crate::support::{ALICE, Call, Server, id_and_secret, method};

/// Between the requests of a client: the load, not the processor, is what matters.
const PAUSE: Duration = Duration::from_millis(5);
/// Between two faults.
const CALM: Duration = Duration::from_millis(2500);
/// By how much a server may grow that holds the keys of the test: 100 bytes each, and what the allocator keeps.
const MAX_GROWTH_KIB: u64 = 48 * 1024;

fn duration() -> Duration {
    let seconds = std::env::var("COCORE_LOAD_SECONDS");
    Duration::from_secs(seconds.map_or(15, |text| text.parse().unwrap()))
}

/// What a client knows about a key.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Known {
    Active,
    /// A revoke or delete was sent, and not answered yet.
    Either,
    Revoked,
}

/// Clients, and what they know.
struct Load {
    addresses: Vec<String>,
    master: String,
    /// Secrets and their state, by id, with the moment at which a client knew it.
    known: Mutex<BTreeMap<String, (String, Known, Instant)>>,
    is_over: AtomicBool,
    /// Creates that were sent to each server, and those that it answered with 200.
    creates: Vec<(AtomicU64, AtomicU64)>,
    verified: AtomicU64,
    rejected: AtomicU64,
    unavailable: AtomicU64,
}

impl Load {
    fn new(servers: &[&Server], master: String) -> Self {
        Self {
            addresses: servers
                .iter()
                .map(|server| server.address.clone())
                .collect(),
            creates: servers.iter().map(|_| Default::default()).collect(),
            master,
            known: Mutex::default(),
            is_over: AtomicBool::new(false),
            verified: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            unavailable: AtomicU64::new(0),
        }
    }

    /// Runs the clients while `faults` runs.
    fn during<T>(&self, faults: impl FnOnce() -> T) -> T {
        thread::scope(|scope| {
            for worker in 0..4 {
                scope.spawn(move || self.until_over(worker, |number| self.live(number)));
                scope.spawn(move || self.until_over(worker, |number| self.verify(number)));
            }
            let result = faults();
            self.is_over.store(true, Ordering::SeqCst);
            result
        })
    }

    fn until_over(&self, worker: usize, act: impl Fn(usize)) {
        let mut number = worker;
        while !self.is_over.load(Ordering::SeqCst) {
            act(number);
            number += 1;
            thread::sleep(PAUSE);
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, (String, Known, Instant)>> {
        self.known.lock().unwrap()
    }

    /// Calls a method. `None` if there is no answer with status 200.
    fn call(&self, server: usize, name: &str, input: &Value) -> Option<Value> {
        let call = Call::new(&self.addresses[server], "POST", &method(name)).json(input);
        let answer = call.key(&self.master).try_send().ok()?;
        match answer.status {
            200 => serde_json::from_slice(&answer.body).ok(),
            503 => None,
            status => panic!("{name}: {status} {}", String::from_utf8_lossy(&answer.body)),
        }
    }

    /// Creates a key on one server, and revokes or deletes some of them, mostly on another one.
    fn live(&self, number: usize) {
        let server = number % self.addresses.len();
        let (sent, answered) = &self.creates[server];
        sent.fetch_add(1, Ordering::SeqCst);
        let Some(made) = self.call(server, "createApiKey", &json!({ "name": "n" })) else {
            return;
        };
        answered.fetch_add(1, Ordering::SeqCst);
        let (id, secret) = id_and_secret(&made);
        let note = |what| {
            let mut known = self.known();
            known.insert(id.clone(), (secret.clone(), what, Instant::now()));
        };
        note(Known::Active);
        let how = match number % 5 {
            0 | 1 => "revokeApiKey",
            2 | 3 => "deleteApiKey",
            _ => return,
        };
        note(Known::Either);
        let other = (number / 7) % self.addresses.len();
        if self.call(other, how, &json!({ "id": id })).is_some() {
            note(Known::Revoked);
        }
    }

    /// Uses one of the newest keys on one of the servers.
    fn verify(&self, number: usize) {
        let (id, before) = {
            let known = self.known();
            let Some((id, before)) = known.iter().rev().nth(number % 50) else {
                return;
            };
            (id.clone(), before.clone())
        };
        let (secret, what, since) = before;
        let sent = Instant::now();
        let call = Call::new(
            &self.addresses[number % self.addresses.len()],
            "GET",
            "/auth/verify",
        );
        let Ok(answer) = call.key(&secret).try_send() else {
            return;
        };
        match (answer.status, what) {
            (200, Known::Revoked) => panic!(
                "{id} was accepted {:?} after its end was answered",
                sent - since
            ),
            (200, _) => self.verified.fetch_add(1, Ordering::SeqCst),
            (401, Known::Active) => {
                // Another client may have sent its revoke meanwhile.
                let now = self.known()[&id].1;
                assert_ne!(now, Known::Active, "{id} was rejected");
                0
            }
            (401, _) => self.rejected.fetch_add(1, Ordering::SeqCst),
            (503, _) => self.unavailable.fetch_add(1, Ordering::SeqCst),
            (status, _) => panic!("/auth/verify: {status}"),
        };
    }

    /// Checks each key on a server, some of them at once.
    fn check(&self, server: &Server) {
        let known = self.known();
        let keys: Vec<_> = known.iter().collect();
        thread::scope(|scope| {
            for part in keys.chunks(keys.len().div_ceil(4).max(1)) {
                scope.spawn(move || {
                    for (id, (secret, what, _)) in part {
                        match what {
                            Known::Active => assert!(server.accepts(secret), "{id} was lost"),
                            Known::Revoked => assert!(!server.accepts(secret), "{id} came back"),
                            Known::Either => {}
                        }
                    }
                });
            }
        });
    }

    /// Checks that a server that ran all the time has counted what happened.
    fn check_metrics(&self, server: &Server, index: usize) {
        let metrics = Metrics::of(server);
        let counted = metrics.requests("dev.cocore.account.createApiKey", 200);
        let (sent, answered) = &self.creates[index];
        let (sent, answered) = (sent.load(Ordering::SeqCst), answered.load(Ordering::SeqCst));
        assert!(
            answered as f64 <= counted && counted <= sent as f64,
            "{answered} of {sent} creates were answered, and {counted} counted"
        );
        let active = self
            .known()
            .values()
            .filter(|known| known.1 == Known::Active)
            .count();
        let either = self
            .known()
            .values()
            .filter(|known| known.1 == Known::Either)
            .count();
        // And the one that the clients call with. Creates that got no answer may have been made.
        let most = (active + either + 1) as u64 + self.unanswered_creates();
        let live = metrics.value("cocore_live_keys");
        assert!(
            active as f64 <= live && live <= most as f64,
            "{active} to {most} keys, {live} counted"
        );
    }

    fn unanswered_creates(&self) -> u64 {
        let creates = self.creates.iter();
        let unanswered = |(sent, answered): &(AtomicU64, AtomicU64)| {
            sent.load(Ordering::SeqCst) - answered.load(Ordering::SeqCst)
        };
        creates.map(unanswered).sum()
    }

    fn report(&self, name: &str, faults: u32, server: &Server) {
        let count = |of: &AtomicU64| of.load(Ordering::SeqCst);
        let answered: u64 = self
            .creates
            .iter()
            .map(|(_, answered)| count(answered))
            .sum();
        // Tests' own output is captured, except what is written in this way.
        let _ = writeln!(
            stderr(),
            "{name}: {faults} faults in {} s; {answered} keys created, {} creates not acknowledged; {} requests verified, \
             {} rejected, {} answered with 503; {} KiB resident",
            duration().as_secs(),
            self.unanswered_creates(),
            count(&self.verified),
            count(&self.rejected),
            count(&self.unavailable),
            server.memory("VmRSS"),
        );
        assert!(answered > 20 && count(&self.verified) > 20 && count(&self.rejected) > 20);
    }
}

/// Rows 26, 30 and 57 of the list of attacks, all at once.
#[test]
fn two_servers_on_postgresql_survive_faults_under_load() {
    let Some(cluster) = or_skip(Cluster::new(&[])) else {
        return;
    };
    let url = cluster.database();
    let start = |address: &str| {
        let admin = ["--admin-listen", "127.0.0.1:0", "--log", "info"];
        Server::on_with(&url, &[&["--listen", address][..], &admin].concat())
    };
    let stays = start("127.0.0.1:0");
    let mut other = start("127.0.0.1:0");
    let load = Load::new(&[&other, &stays], stays.first_key(ALICE));
    let (mut faults, mut early) = (0, None);
    load.during(|| {
        let begun = Instant::now();
        while begun.elapsed() < duration() {
            thread::sleep(CALM);
            match faults % 5 {
                0 => {
                    assert!(other.signal("KILL"));
                    // Its address is free once it has exited.
                    assert!(other.wait(Duration::from_secs(30)).is_some());
                    other = start(&load.addresses[0]);
                }
                1 => {
                    cluster.kill();
                    thread::sleep(CALM / 5);
                    cluster.start();
                    stays.await_status("/readyz", 200);
                }
                2 => {
                    assert!(stays.signal("STOP"));
                    thread::sleep(2 * CALM);
                    assert!(stays.signal("CONT"));
                }
                3 => {
                    assert!(other.signal("TERM"));
                    assert!(other.wait(Duration::from_secs(30)).is_some());
                    other = start(&load.addresses[0]);
                }
                _ => cluster.restart(CALM / 5),
            }
            faults += 1;
            if early.is_none() && begun.elapsed() > duration() / 4 {
                early = Some(stays.memory("VmRSS"));
            }
        }
    });
    for server in [&stays, &other] {
        server.await_status("/readyz", 200);
        load.check(server);
    }
    load.check_metrics(&stays, 1);
    load.report("PostgreSQL", faults, &stays);
    assert_flat(&stays, early);
}

/// Rows 26 and 50 of the list of attacks: a disk that fills up, fails to write and is repaired.
#[test]
#[cfg(target_os = "linux")]
fn a_server_on_sqlite_survives_a_full_disk_and_kills_under_load() {
    use crate::support::Place;
    use crate::support::disk::{Disk, EIO, ENOSPC, Word};
    use crate::support::program;
    let (place, disk) = (Place::sqlite(), Disk::new());
    let start = |address: &str| {
        let mut program = program();
        program.envs(disk.variables());
        let admin = ["--admin-listen", "127.0.0.1:0", "--log", "info"];
        Server::spawn(
            program,
            &place.url,
            &[&["--listen", address][..], &admin].concat(),
        )
    };
    let mut server = start("127.0.0.1:0");
    let load = Load::new(&[&server], server.first_key(ALICE));
    let mut faults = 0;
    load.during(|| {
        let begun = Instant::now();
        while begun.elapsed() < duration() {
            thread::sleep(CALM);
            let fails = |error: u64| {
                disk.set(Word::WriteError, error);
                thread::sleep(CALM / 2);
                disk.set(Word::WriteError, 0);
            };
            match faults % 3 {
                0 => {
                    fails(ENOSPC);
                    server.await_status("/readyz", 200);
                }
                kill => {
                    // After an error of the disk it is unknown what is on it: the server has to be restarted.
                    if kill == 1 {
                        fails(EIO);
                    }
                    assert!(server.signal("KILL"));
                    // Its address and the lock of its file are free once it has exited.
                    assert!(server.wait(Duration::from_secs(30)).is_some());
                    server = start(&load.addresses[0]);
                }
            }
            faults += 1;
        }
    });
    server.await_status("/readyz", 200);
    load.check(&server);
    load.report("SQLite", faults, &server);
}

/// Checks that a server did not grow since a quarter of the time.
fn assert_flat(server: &Server, early: Option<u64>) {
    let Some(early) = early else { return };
    let now = server.memory("VmRSS");
    assert!(
        now < early + MAX_GROWTH_KIB,
        "{early} KiB at first, {now} KiB at the end"
    );
}
