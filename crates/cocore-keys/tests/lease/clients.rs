//! Clients that change and use keys, and check each answer.

use std::time::Duration;

use cocore_keys::{Change, Clock, Digest, Grant};
use rand::RngExt;

use super::known::Version;
use super::{Event, MILLISECOND, SERVERS, Simulation};
use crate::no_store::now;

impl Simulation {
    /// Lets the writer of a server commit a batch of changes, or observe a key.
    pub(super) fn write(&mut self, index: usize) {
        let delay = Duration::from_millis(self.random.random_range(1..600));
        self.after(delay, Event::Write(index));
        if !self.database.is_up {
            return;
        }
        if self.random.random_ratio(1, 10) {
            return self.observe(index);
        }
        let changes: Vec<_> = (0..self.random.random_range(1..4))
            .flat_map(|_| self.change(index))
            .collect();
        if changes.is_empty() {
            return;
        }
        let epoch = self.database.commit(&changes);
        let versions = self.versions(epoch, &changes);
        self.notify_peers(index, true);
        let at = self.time();
        // Sometimes the writer never learns that the changes are committed.
        if self.faults.every.is_none() || !self.random.random_ratio(1, 50) {
            let server = &mut self.servers[index];
            let waiting = server.unanswered.entry(epoch).or_default();
            waiting.push((at, versions));
            let incarnation = server.incarnation;
            let delay = self.delay();
            let reported_at = (at + delay).max(self.servers[index].reported_at);
            self.servers[index].reported_at = reported_at;
            self.at(
                reported_at,
                Event::Committed(index, incarnation, epoch, changes),
            );
        }
    }

    /// Changes keys without a record of which, as an import does.
    pub(super) fn write_unrecorded(&mut self) {
        if self.database.is_up {
            let index = self.random.random_range(0..SERVERS);
            let changes = self.change(index);
            let epoch = self.database.skip_epoch();
            self.versions(epoch, &changes);
        }
    }

    /// Returns the new states of keys that an epoch has changed.
    fn versions(&mut self, epoch: u64, changes: &[Change]) -> Vec<Version> {
        let mut changed: Vec<_> = changes.iter().map(|change| *change.digest()).collect();
        changed.sort_unstable_by_key(|digest| *digest.as_bytes());
        changed.dedup();
        let versions = changed.into_iter().map(|digest| {
            let grant = self.database.key(&digest).map(|key| Grant {
                access: key.access.clone(),
                expires_at: key.expires_at,
            });
            let known = self.known.get_mut(&digest).unwrap();
            (digest, known.commit(epoch, grant))
        });
        versions.collect()
    }

    /// Reads the state of a key, as a request does that has nothing to change. It may not be answered yet.
    fn observe(&mut self, index: usize) {
        let Some(digest) = self.pick() else {
            return;
        };
        let version = self.known[&digest].last();
        let (time, epoch) = (self.time(), self.database.epoch);
        let server = &mut self.servers[index];
        let waiting = server.unanswered.entry(epoch).or_default();
        // The server that made the change acknowledges it only with its next report.
        let at = time + self.timing.renew_interval;
        waiting.push((at, vec![(digest, version)]));
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
            for (at, versions) in waiting {
                self.longest_wait = self.longest_wait.max(time.saturating_sub(at));
                for (digest, version) in versions {
                    let known = self.known.get_mut(&digest).unwrap();
                    known.answer(version, time);
                }
            }
        }
    }

    /// Answers a request that was sent at `sent`, for several keys, and checks the answers.
    pub(super) fn ask(&mut self, index: usize, sent: Duration) {
        for _ in 0..4 {
            if let Some(digest) = self.pick() {
                self.check(index, &digest, sent);
            }
        }
        // The next request is sent a little later, and takes a while to arrive.
        let sent = self.time() + Duration::from_micros(self.random.random_range(1..40_000));
        let delay = self.delay().min(50 * MILLISECOND);
        self.at(sent + delay, Event::Ask(index, sent));
    }

    /// Checks the answer of a server to a request with a key.
    fn check(&mut self, index: usize, digest: &Digest, sent: Duration) {
        let (server, known) = (&self.servers[index], &self.known[digest]);
        match now(server.keys.verify(known.secret.expose())) {
            Err(_) => self.asked_the_database += 1,
            Ok(found) => {
                self.from_memory += 1;
                let wall = server.clock.now();
                if !known.allows(found.as_ref(), sent, server.acknowledged, wall) {
                    let time = self.time();
                    self.stale.push(format!(
                        "server {index} decides by stale data at {time:?}: {found:?}"
                    ));
                }
            }
        }
    }

    /// Checks the answers of every server to requests with every key that are sent now.
    pub(crate) fn check_all(&mut self) {
        for digest in self.digests.clone() {
            for index in 0..self.servers.len() {
                self.check(index, &digest, self.time());
            }
        }
    }
}
