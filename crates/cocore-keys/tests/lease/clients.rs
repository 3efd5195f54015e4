//! Those who make, end and use keys, and hold each answer against what they know.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use cocore_keys::{ActiveKey, Change, Clock, Digest, Secret};
use lexicon_runtime::Did;
use rand::RngExt;

use super::known::Known;
use super::{Event, MILLI, World};
use crate::nowhere::now;

impl World {
    /// A server's writer makes a key, or ends one, or both.
    pub(super) fn write(&mut self, place: usize) {
        let again = Duration::from_millis(self.random.random_range(1..600));
        self.after(again, Event::Write(place));
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
                changes.push(Change::Removed(digest));
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
        let at = time + self.timing.renew_interval;
        owed.push((at, vec![Change::Removed(digest)]));
        server.spoke = server.spoke.max(time + MILLI / 10);
        let (spoke, life) = (server.spoke, server.life);
        self.at(spoke, Event::Committed(place, life, epoch, Vec::new()));
    }

    /// Answers whoever may be answered.
    pub(super) fn settle(&mut self, place: usize) {
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
                        Change::Created(_) => known.made = Some(time),
                        Change::Removed(_) => known.ended = known.ended.or(Some(time)),
                    }
                }
            }
        }
    }

    /// A client that has just sent a request gets it answered.
    pub(super) fn ask(&mut self, place: usize, sent: Duration) {
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
            match now(self.servers[place].keys.verify(secret.expose())) {
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
}
