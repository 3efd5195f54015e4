//! Clients that create, remove and use keys, and check each answer.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use cocore_keys::{ActiveKey, Change, Clock, Digest, Secret};
use lexicon_runtime::Did;
use rand::RngExt;

use super::known::Known;
use super::{Event, MILLISECOND, Simulation};
use crate::no_store::now;

impl Simulation {
    /// Lets the writer of a server create a key, remove one, or both.
    pub(super) fn write(&mut self, index: usize) {
        let delay = Duration::from_millis(self.random.random_range(1..600));
        self.after(delay, Event::Write(index));
        if !self.database.is_up {
            return;
        }
        let mut changes = Vec::new();
        if self.random.random_ratio(1, 2) {
            let secret = Secret::from_random(self.random.random());
            let digest = secret.digest();
            let key = ActiveKey {
                digest,
                id: uuid::Uuid::from_u128(self.random.random()).into(),
                did: Arc::new(Did::parse("did:web:alice.example").unwrap()),
                created_at: DateTime::UNIX_EPOCH,
                expires_at: None,
                last_used_at: None,
            };
            self.known.insert(*digest.as_bytes(), Known::default());
            self.secrets.push(secret);
            changes.push(Change::Created(key));
        }
        let key_index = self.random.random_range(0..self.secrets.len().max(1));
        if self.random.random_ratio(1, 3)
            && let Some(secret) = self.secrets.get(key_index)
        {
            let digest = secret.digest();
            let known = self.known.get_mut(digest.as_bytes()).unwrap();
            if known.is_removing {
                return self.remove_again(index, digest);
            }
            if !changes.iter().any(|change| *change.digest() == digest) {
                known.is_removing = true;
                changes.push(Change::Removed(digest));
            }
        }
        if changes.is_empty() {
            return;
        }
        let epoch = self.database.commit(&changes);
        self.notify_peers(index, true);
        let server = &mut self.servers[index];
        let at = *self.time.lock().unwrap();
        let waiting = server.unanswered.entry(epoch).or_default();
        waiting.push((at, changes.clone()));
        let incarnation = server.incarnation;
        // Sometimes the writer never learns that the changes are committed.
        if self.faults.every.is_none() || !self.random.random_ratio(1, 50) {
            let delay = self.delay();
            let reported_at = (at + delay).max(self.servers[index].reported_at);
            self.servers[index].reported_at = reported_at;
            self.at(
                reported_at,
                Event::Committed(index, incarnation, epoch, changes),
            );
        } else {
            self.servers[index].unanswered.remove(&epoch);
        }
    }

    /// Removes a key that is removed already, perhaps before that was answered.
    fn remove_again(&mut self, index: usize, digest: Digest) {
        let (time, epoch) = (self.time(), self.database.epoch);
        let server = &mut self.servers[index];
        let waiting = server.unanswered.entry(epoch).or_default();
        // The server that made the change acknowledges it only with its next report.
        let at = time + self.timing.renew_interval;
        waiting.push((at, vec![Change::Removed(digest)]));
        server.reported_at = server.reported_at.max(time + MILLISECOND / 10);
        let (reported_at, incarnation) = (server.reported_at, server.incarnation);
        self.at(
            reported_at,
            Event::Committed(index, incarnation, epoch, Vec::new()),
        );
    }

    /// Answers the changes that are settled.
    pub(super) fn settle(&mut self, index: usize) {
        let time = self.time();
        let server = &mut self.servers[index];
        let now_shown = server.clock.steady();
        let Some(settled) = server.node.settled(now_shown) else {
            return;
        };
        let later = server.unanswered.split_off(&(settled + 1));
        let done = std::mem::replace(&mut server.unanswered, later);
        for (epoch, waiting) in done {
            self.answered.push(epoch);
            for (at, changes) in waiting {
                self.longest_wait = self.longest_wait.max(time.saturating_sub(at));
                for change in changes {
                    let known = self.known.get_mut(change.digest().as_bytes()).unwrap();
                    match change {
                        Change::Created(_) => known.created = Some(time),
                        Change::Removed(_) => known.removed = known.removed.or(Some(time)),
                    }
                }
            }
        }
    }

    /// Answers a request that was sent at `sent`, for several keys, and checks the answers.
    pub(super) fn ask(&mut self, index: usize, sent: Duration) {
        let time = self.time();
        for _ in 0..4 {
            // Newer keys more often.
            let far = self.random.random_range(1..=200);
            let back = self.random.random_range(0..far);
            let Some(key_index) = self.secrets.len().checked_sub(1 + back) else {
                continue;
            };
            let secret = &self.secrets[key_index];
            let known = self.known[secret.digest().as_bytes()];
            let before = |at: Option<Duration>| at.is_some_and(|at| at < sent);
            match now(self.servers[index].keys.verify(secret.expose())) {
                Err(_) => self.asked_the_database += 1,
                Ok(found) => {
                    self.from_memory += 1;
                    if found.is_some() && before(known.removed) {
                        self.stale
                            .push(format!("server {index} accepts a removed key at {time:?}"));
                    }
                    if found.is_none() && before(known.created) && !known.is_removing {
                        self.stale
                            .push(format!("server {index} rejects a live key at {time:?}"));
                    }
                }
            }
        }
        // The next request is sent a little later, and takes a while to arrive.
        let sent = time + Duration::from_micros(self.random.random_range(1..40_000));
        let delay = self.delay().min(50 * MILLISECOND);
        self.at(sent + delay, Event::Ask(index, sent));
    }
}
