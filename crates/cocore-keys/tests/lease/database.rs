//! The database of the simulation: it guarantees what PostgreSQL does, and no more.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use cocore_keys::lease::{NodeId, PeerRow, Reply, Report};
use cocore_keys::{ActiveKey, Change, Digest};

/// The row of a server. A crash restores the synced one.
struct Stored {
    row: PeerRow,
    synced: PeerRow,
}

#[derive(Default)]
pub(crate) struct Database {
    pub(crate) is_up: bool,
    pub(crate) epoch: u64,
    /// The digests that each epoch changed, unless the epoch was purged.
    log: HashMap<u64, Vec<Digest>>,
    live: HashMap<Digest, ActiveKey>,
    rows: HashMap<NodeId, Stored>,
}

impl Database {
    pub(crate) fn up() -> Self {
        Self {
            is_up: true,
            ..Self::default()
        }
    }

    /// Returns a key that is not removed, perhaps an expired one.
    pub(crate) fn key(&self, digest: &Digest) -> Option<&ActiveKey> {
        self.live.get(digest)
    }

    /// Changes a key in the transaction that [`commit`](Self::commit) ends.
    pub(crate) fn write(&mut self, change: &Change) {
        match change {
            Change::Set(key) => self.live.insert(key.digest, key.clone()),
            Change::Removed(digest) => self.live.remove(digest),
        };
    }

    /// Commits changes as one epoch, and returns it.
    pub(crate) fn commit(&mut self, changes: &[Change]) -> u64 {
        self.epoch += 1;
        let digests = changes.iter().map(|change| *change.digest());
        self.log.insert(self.epoch, digests.collect());
        self.epoch
    }

    /// Ends a transaction with an epoch that the log does not have, and returns it: every server has to load all keys.
    pub(crate) fn skip_epoch(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }

    /// Returns the keys that do not expire by `now`, and their epoch.
    pub(crate) fn load(&self, now: DateTime<Utc>) -> (u64, Vec<ActiveKey>) {
        let keys = self.live.values().filter(|key| !key.is_expired(now));
        (self.epoch, keys.cloned().collect())
    }

    /// Returns the first changes after an epoch, each by the present state of its key.
    pub(crate) fn changes(&self, after: u64, most: u64) -> Vec<(u64, Vec<Change>)> {
        let state = |digest: &Digest| match self.live.get(digest) {
            Some(key) => Change::Set(key.clone()),
            None => Change::Removed(*digest),
        };
        let epochs = after + 1..=self.epoch.min(after + most);
        let found = epochs.filter_map(|epoch| Some((epoch, self.log.get(&epoch)?)));
        found
            .map(|(epoch, digests)| (epoch, digests.iter().map(state).collect()))
            .collect()
    }

    /// Removes old epochs from the log.
    pub(crate) fn purge(&mut self, kept: u64) {
        let until = self.epoch.saturating_sub(kept);
        self.log.retain(|epoch, _| *epoch > until);
    }

    pub(crate) fn register(&mut self, row: PeerRow) {
        self.rows.insert(row.id, Stored { row, synced: row });
    }

    /// Returns what a statement reads that begins now.
    pub(crate) fn snapshot(&self) -> Reply {
        Reply {
            epoch: self.epoch,
            is_registered: false,
            rows: self.rows.values().map(|stored| stored.row).collect(),
        }
    }

    /// Writes a report without a sync, and returns whether its row exists.
    pub(crate) fn report(&mut self, report: &Report) -> bool {
        let Some(stored) = self.rows.get_mut(&report.id) else {
            return false;
        };
        stored.row.heartbeat = report.heartbeat;
        stored.row.acknowledged = report.acknowledged;
        true
    }

    pub(crate) fn remove(&mut self, rows: &[(NodeId, u64)]) {
        for (id, heartbeat) in rows {
            self.rows
                .retain(|_, stored| stored.row.id != *id || stored.row.heartbeat != *heartbeat);
        }
    }

    /// Syncs everything to disk.
    pub(crate) fn sync(&mut self) {
        for stored in self.rows.values_mut() {
            stored.synced = stored.row;
        }
    }

    /// Loses what was not synced.
    pub(crate) fn crash(&mut self) {
        self.is_up = false;
        for stored in self.rows.values_mut() {
            stored.row = stored.synced;
        }
    }
}
