//! Changes of keys other than their end: narrowed scopes, rotations and cascades on one server, while the other one
//! is asked all the time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::world::World;
use crate::support::{ALICE, Connection, Server, id_and_secret, key_method};

/// How many changes are made at the same time.
const WORKERS: usize = 8;
/// How many of the latest questions are asked all the time.
const WATCHED: usize = 24;

/// A question to a server that is answered with 200 until a change, and with another status after it.
#[derive(Clone)]
struct Question {
    path: &'static str,
    secret: String,
    /// The status after the change.
    after: u16,
    /// When the change was answered.
    changed: Option<Instant>,
}

/// The questions that are asked all the time, and what was answered by an old state.
#[derive(Default)]
struct Watch {
    questions: Mutex<Vec<Question>>,
    stale: Mutex<Vec<String>>,
    asked: AtomicUsize,
}

impl Watch {
    /// Adds a question, and returns its place.
    fn add(&self, path: &'static str, secret: &str, after: u16) -> usize {
        let mut questions = self.questions.lock().unwrap();
        questions.push(Question {
            path,
            secret: secret.to_owned(),
            after,
            changed: None,
        });
        questions.len() - 1
    }

    fn changed(&self, places: &[usize]) {
        let now = Instant::now();
        let mut questions = self.questions.lock().unwrap();
        for place in places {
            questions[*place].changed = Some(now);
        }
    }

    /// Asks a question, and checks the answer by what was known when it was sent.
    fn ask(&self, place: usize, there: &Server, connection: &mut Connection) {
        let Question { path, secret, .. } = self.questions.lock().unwrap()[place].clone();
        let sent = Instant::now();
        let Ok(answer) = connection.send(&there.get(path).key(&secret)) else {
            return;
        };
        self.asked.fetch_add(1, Ordering::Relaxed);
        let question = self.questions.lock().unwrap()[place].clone();
        let is_after = question.changed.is_some_and(|at| at < sent);
        let is_right = match answer.status {
            // A busy machine may starve the database.
            503 => true,
            200 => !is_after,
            status => status == question.after,
        };
        if !is_right {
            let stale = format!("{path}: {} after: {is_after}", answer.status);
            self.stale.lock().unwrap().push(stale);
        }
    }

    /// Asks the latest questions, one after the other.
    fn ask_all_the_time(&self, there: &Server, stop: &AtomicBool) {
        let (mut connection, mut number) = (Connection::default(), 0);
        while !stop.load(Ordering::Relaxed) {
            number += 1;
            let count = self.questions.lock().unwrap().len();
            if let Some(place) = count.checked_sub(1 + number % WATCHED) {
                self.ask(place, there, &mut connection);
            }
            // Two loops without a pause would occupy all of a small machine.
            thread::sleep(Duration::from_micros(200));
        }
    }
}

/// Makes changes.
struct Worker<'w> {
    world: &'w World,
    watch: &'w Watch,
    master: &'w str,
    here: Connection,
    there: Connection,
}

impl Worker<'_> {
    /// Makes a change on one server. `None` if its outcome is unknown.
    fn post(&mut self, name: &str, key: &str, input: &Value) -> Option<Value> {
        let call = self.world.here.post(&key_method(name), input).key(key);
        let (status, answer) = self.world.change(&mut self.here, &call)?;
        assert_eq!(status, 200, "{answer}");
        Some(answer)
    }

    fn create(&mut self, key: &str) -> Option<(String, String)> {
        let made = self.post("createKey", key, &json!({ "name": "n" }))?;
        Some(id_and_secret(&made))
    }

    /// Makes a change, with questions whose answer it changes.
    fn change(
        &mut self,
        name: &str,
        input: &Value,
        questions: &[(&'static str, &str, u16)],
    ) -> Option<Value> {
        let places: Vec<_> = questions
            .iter()
            .map(|(path, secret, after)| self.watch.add(path, secret, *after))
            .collect();
        for place in &places {
            self.watch.ask(*place, &self.world.there, &mut self.there);
        }
        let master = self.master;
        let made = self.post(name, master, input)?;
        self.watch.changed(&places);
        for place in places {
            self.watch.ask(place, &self.world.there, &mut self.there);
        }
        Some(made)
    }

    fn narrow(&mut self) -> Option<()> {
        let master = self.master;
        let (id, secret) = self.create(master)?;
        let other = "/auth/verify?scope=repo:com.example.b";
        let input = json!({ "id": id, "scopes": ["repo:com.example.a"] });
        self.change("updateKey", &input, &[(other, &secret, 403)])?;
        let still = "/auth/verify?scope=repo:com.example.a%3Faction%3Dcreate";
        let call = self.world.there.get(still).key(&secret);
        let answer = self.there.send(&call).ok()?;
        assert!(matches!(answer.status, 200 | 503), "{answer:?}");
        Some(())
    }

    fn rotate(&mut self) -> Option<()> {
        let master = self.master;
        let (id, secret) = self.create(master)?;
        let input = json!({ "id": id });
        let made = self.change("rotateKey", &input, &[("/auth/verify", &secret, 401)])?;
        let new = made["secret"].as_str().unwrap();
        let answer = self
            .there
            .send(&self.world.there.get("/auth/verify").key(new));
        assert!(matches!(answer.ok()?.status, 200 | 503));
        Some(())
    }

    fn cascade(&mut self) -> Option<()> {
        let master = self.master;
        let (id, root) = self.create(master)?;
        let (_, child) = self.create(&root)?;
        let (_, grandchild) = self.create(&child)?;
        let questions = [&root, &child, &grandchild].map(|key| ("/auth/verify", &**key, 401));
        let input = json!({ "id": id, "cascade": true });
        self.change("revokeKey", &input, &questions).map(drop)
    }
}

/// Row 23 of the list of attacks, for changes that do not end a key, or end many.
#[test]
fn narrowed_replaced_and_cascaded_keys_are_so_on_the_other_server_when_it_is_answered() {
    let Some(world) = World::new(&["fsync=off"]) else {
        return;
    };
    let master = world.here.first_key(ALICE);
    let (watch, stop, made) = (
        Watch::default(),
        AtomicBool::new(false),
        AtomicUsize::new(0),
    );
    let changes = World::keys(300);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|number| {
                let mut worker = Worker {
                    world: &world,
                    watch: &watch,
                    master: &master,
                    here: Connection::default(),
                    there: Connection::default(),
                };
                let made = &made;
                scope.spawn(move || {
                    for round in number.. {
                        if made.load(Ordering::Relaxed) >= changes {
                            break;
                        }
                        let done = match round % 3 {
                            0 => worker.narrow(),
                            1 => worker.rotate(),
                            _ => worker.cascade(),
                        };
                        made.fetch_add(usize::from(done.is_some()), Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for _ in 0..2 {
            scope.spawn(|| watch.ask_all_the_time(&world.there, &stop));
        }
        for worker in workers {
            worker.join().unwrap();
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(*watch.stale.lock().unwrap(), [] as [String; 0]);
    assert!(watch.asked.load(Ordering::Relaxed) > 2 * changes);
}
