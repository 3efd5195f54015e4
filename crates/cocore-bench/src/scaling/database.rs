//! The database of the simulation: one lock for all that change keys, and a count of its work.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use cocore_keys::lease::{NodeId, PeerRow, Reply, Report};
use cocore_keys::{Change, Digest};

/// What a statement, a row that it reads, and a notification of one session cost the database. PostgreSQL 15 on the
/// machine of docs/performance.md took 112 us for a report where there are 3 rows and 150 us where there are 100, and
/// 3.5 to 5.5 us of processor time for each session that it notified.
const STATEMENT: Duration = Duration::from_micros(110);
const ROW: Duration = Duration::from_nanos(400);
const NOTIFICATION: Duration = Duration::from_micros(5);

/// What the database has done.
#[derive(Clone, Copy, Default)]
pub(super) struct Work {
    pub(super) statements: u64,
    pub(super) rows: u64,
    pub(super) notifications: u64,
    /// The processor time of all that.
    pub(super) busy: Duration,
}

#[derive(Default)]
pub(super) struct Database {
    pub(super) work: Work,
    epoch: u64,
    changes: VecDeque<(u64, Vec<Digest>)>,
    rows: HashMap<NodeId, PeerRow>,
    /// The servers whose transactions wait for the lock, the first of which holds it.
    pub(super) locked_by: VecDeque<usize>,
}

impl Database {
    /// Counts a statement that reads rows.
    pub(super) fn statement(&mut self, rows: usize) {
        self.work.statements += 1;
        self.work.rows += rows as u64;
        self.work.busy += STATEMENT + ROW * u32::try_from(rows).unwrap_or(u32::MAX);
    }

    /// Counts a notification to a number of sessions.
    pub(super) fn notify(&mut self, sessions: usize) {
        self.work.notifications += sessions as u64;
        self.work.busy += NOTIFICATION * u32::try_from(sessions).unwrap_or(u32::MAX);
    }

    pub(super) fn commit(&mut self, changed: Vec<Digest>) -> u64 {
        self.epoch += 1;
        self.changes.push_back((self.epoch, changed));
        self.epoch
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) fn changes_after(&mut self, epoch: u64) -> Vec<(u64, Vec<Change>)> {
        let later = self.changes.iter().filter(|(number, _)| *number > epoch);
        let removed =
            |digests: &Vec<Digest>| digests.iter().copied().map(Change::Removed).collect();
        let found: Vec<_> = later
            .map(|(number, digests)| (*number, removed(digests)))
            .collect();
        self.statement(found.len());
        found
    }

    pub(super) fn register(&mut self, row: PeerRow) {
        self.statement(1);
        self.rows.insert(row.id, row);
    }

    pub(super) fn remove(&mut self, rows: &[(NodeId, u64)]) {
        self.statement(rows.len());
        for (id, heartbeat) in rows {
            self.rows
                .retain(|_, row| row.id != *id || row.heartbeat != *heartbeat);
        }
    }

    /// Writes a report, and reads every row.
    pub(super) fn report(&mut self, report: Option<Report>) -> Reply {
        self.statement(self.rows.len());
        let own = report.and_then(|report| Some((report, self.rows.get_mut(&report.id)?)));
        let is_registered = own.is_some();
        if let Some((report, row)) = own {
            row.heartbeat = report.heartbeat;
            row.acknowledged = report.acknowledged;
        }
        Reply {
            epoch: self.epoch,
            is_registered,
            rows: self.rows.values().copied().collect(),
        }
    }
}
