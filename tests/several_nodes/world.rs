//! Two servers on one PostgreSQL, and clients that check each response against what they know.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::postgres::{Cluster, name};
use crate::support::proxy::Proxy;
use crate::support::skip::or_skip;
use crate::support::{ALICE, Call, Connection, Server, method};

/// What the clients know about a key, and since when.
#[derive(Clone, Copy, Default)]
struct Known {
    created: Option<Instant>,
    revoked: Option<Instant>,
    /// Whether its revocation or deletion was requested.
    is_ending: bool,
}

/// Servers on one database, and what the clients observed.
pub(super) struct World {
    /// The server on which keys are changed.
    pub(super) here: Server,
    /// The server on which keys are used. It reaches the database through the proxy.
    pub(super) there: Server,
    pub(super) proxy: Proxy,
    pub(super) database: String,
    /// It stops once the servers and the proxy have: a process of it may wait until the proxy takes what it sends.
    pub(super) cluster: Arc<Cluster>,
    known: Mutex<HashMap<String, Known>>,
    /// Secrets, the latest last.
    latest: Mutex<Vec<String>>,
    stale: Mutex<Vec<String>>,
    pub(super) uses: AtomicUsize,
    pub(super) unavailable: AtomicUsize,
}

impl World {
    pub(super) fn new(settings: &[&str]) -> Option<Self> {
        let cluster = Arc::new(or_skip(Cluster::new(settings))?);
        let url = cluster.database();
        let database = name(&url).to_owned();
        let proxy = Proxy::new(&cluster.socket());
        let here = Server::on_with(&url, &["--log", "cocore_store=info,warn"]);
        let there = Server::on_with(&proxy.url(&database), &["--log", "cocore_store=info,warn"]);
        Some(Self {
            cluster,
            database,
            proxy,
            here,
            there,
            known: Mutex::default(),
            latest: Mutex::default(),
            stale: Mutex::default(),
            uses: AtomicUsize::new(0),
            unavailable: AtomicUsize::new(0),
        })
    }

    /// Creates and revokes at least this many keys here and uses them there, while `disturb` causes faults.
    pub(super) fn run(&self, keys: usize, disturb: impl FnOnce(&Self) + Send) {
        let master = self.here.first_key(ALICE);
        let (lived, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let is_disturbed = AtomicBool::new(true);
        let goes_on =
            || lived.load(Ordering::Relaxed) < keys || is_disturbed.load(Ordering::Relaxed);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..12)
                .map(|_| {
                    scope.spawn(|| {
                        let (mut here, mut there) = (Connection::default(), Connection::default());
                        while goes_on() {
                            if self.life(&master, &mut here, &mut there).is_some() {
                                lived.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    })
                })
                .collect();
            for _ in 0..2 {
                scope.spawn(|| self.use_keys_all_the_time(&stop));
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
        assert!(self.uses.load(Ordering::Relaxed) > 2 * keys);
    }

    /// Creates, uses, revokes and again uses a key. `None` if the outcome is unknown.
    fn life(&self, master: &str, here: &mut Connection, there: &mut Connection) -> Option<()> {
        let (secret, id) = self.create(master, here)?;
        self.use_key(&secret, there);
        let how = match id.as_bytes()[35] % 2 {
            0 => "revokeApiKey",
            _ => "deleteApiKey",
        };
        self.note(&secret, |known| known.is_ending = true);
        let end = || {
            self.here
                .post(&method(how), &json!({ "id": id }))
                .key(master)
        };
        let mut revoked = self.change(here, &end());
        if revoked.is_none() {
            // The request is repeated, and may find the key revoked already.
            revoked = self.change(here, &end());
        }
        if let Some((200, _)) = revoked {
            let now = Instant::now();
            self.note(&secret, |known| known.revoked = Some(now));
        }
        self.use_key(&secret, there);
        revoked.map(drop)
    }

    fn create(&self, master: &str, here: &mut Connection) -> Option<(String, String)> {
        let create = self
            .here
            .post(&method("createApiKey"), &json!({ "name": "n" }));
        let (status, made) = self.change(here, &create.key(master))?;
        let secret = made["secret"]
            .as_str()
            .filter(|_| status == 200)?
            .to_owned();
        let now = Instant::now();
        self.note(&secret, |known| known.created = Some(now));
        self.latest.lock().unwrap().push(secret.clone());
        Some((secret, made["key"]["id"].as_str()?.to_owned()))
    }

    /// Sends a change. `None` if the outcome is unknown.
    pub(super) fn change(&self, here: &mut Connection, call: &Call) -> Option<(u16, Value)> {
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

    fn use_keys_all_the_time(&self, stop: &AtomicBool) {
        let mut there = Connection::default();
        let mut number = 0;
        while !stop.load(Ordering::Relaxed) {
            number += 1;
            let secret = {
                let latest = self.latest.lock().unwrap();
                // The latest keys, one after the other.
                let back = 1 + number % 24;
                latest
                    .len()
                    .checked_sub(back)
                    .map(|place| latest[place].clone())
            };
            match secret {
                Some(secret) => self.use_key(&secret, &mut there),
                None => thread::yield_now(),
            }
            // Two loops without a pause would occupy all of a small machine.
            thread::sleep(Duration::from_micros(200));
        }
    }

    /// Uses a key there, and checks the response against what was known when the request was sent.
    fn use_key(&self, secret: &str, there: &mut Connection) {
        let call = self.there.get("/auth/verify").key(secret);
        let sent = Instant::now();
        let Ok(answer) = there.send(&call) else {
            return;
        };
        self.uses.fetch_add(1, Ordering::Relaxed);
        let known = self.known.lock().unwrap()[secret];
        let before = |at: Option<Instant>| at.is_some_and(|at| at < sent);
        let wrong = match answer.status {
            200 => before(known.revoked).then_some("accepted a revoked key"),
            // A key whose revocation was requested may be rejected.
            401 => (before(known.created) && !known.is_ending).then_some("rejected an active key"),
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

    /// The number of keys of a run: `few`, unless `COCORE_NODES_KEYS` sets another one.
    pub(super) fn keys(few: usize) -> usize {
        match std::env::var("COCORE_NODES_KEYS") {
            Ok(text) => text.parse().unwrap(),
            Err(_) => few,
        }
    }
}
