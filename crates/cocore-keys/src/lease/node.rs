//! The state of one server in the lease protocol.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::live_set::LiveSet;
use super::peers::Peers;
use super::protocol::{NodeId, Reply, Report, Step, Timing};
use crate::change::Change;
use crate::live::LiveKeysWriter;

/// A server in the lease protocol.
pub struct Node {
    timing: Timing,
    live: LiveSet,
    /// The epoch that the set reflects, once it is loaded.
    applied: Option<u64>,
    row: Option<OwnRow>,
    /// The heartbeat of the last report.
    heartbeat: u64,
    /// The highest epoch that is known to be committed.
    latest_epoch: u64,
    /// Whether there may be a higher one.
    may_be_behind: bool,
    /// When the statement was sent that read `peers`.
    peers_read_at: Option<Duration>,
    /// Whether a peer may have acknowledged more since.
    may_be_acknowledged: bool,
    /// Changes of this process that cannot be applied before earlier ones.
    own_changes: BTreeMap<u64, Vec<Change>>,
    /// Epochs that this process has to answer for, and when each was known to be committed.
    unanswered: VecDeque<(u64, Duration)>,
    peers: Peers,
    /// A row of this process that no server has to wait for, to be deleted.
    abandoned_row: Option<(NodeId, u64)>,
}

/// The row of this process.
struct OwnRow {
    id: NodeId,
    /// When the last answered report was sent.
    reported_at: Option<Duration>,
    /// Whether a change of a peer was applied since the last report.
    is_report_due: bool,
    /// Leases that begin once the epoch is applied that was read with them: epoch and end.
    pending_leases: VecDeque<(u64, Duration)>,
}

impl Node {
    /// Creates a server that keeps a set current, or, without a set, a process that only changes keys.
    pub fn new(timing: Timing, live: Option<LiveKeysWriter>) -> Self {
        Self {
            timing,
            live: live.map_or(LiveSet::None, LiveSet::Held),
            applied: None,
            row: None,
            heartbeat: 0,
            latest_epoch: 0,
            may_be_behind: false,
            peers_read_at: None,
            may_be_acknowledged: false,
            own_changes: BTreeMap::new(),
            unanswered: VecDeque::new(),
            peers: Peers::default(),
            abandoned_row: None,
        }
    }

    /// Returns what to do at this moment.
    pub fn next(&mut self, now: Duration) -> Step {
        let expired = self.expired_rows(now);
        if !expired.is_empty() {
            return Step::Remove(expired);
        }
        let is_due = self.is_report_due(now);
        if !self.live.is_none() && !self.live.is_loading() {
            let Some(applied) = self.applied else {
                let load = self.live.start_load().map(Step::Load);
                return load.unwrap_or(Step::Wait(now));
            };
            // A late report loses the lease. A late change only waits.
            if (applied < self.latest_epoch || self.may_be_behind) && !is_due {
                // A notification from now on may be of a change that this step does not read.
                self.may_be_behind = false;
                return Step::CatchUp { after: applied };
            }
            if self.row.is_none() {
                return Step::Register {
                    acknowledged: applied,
                    heartbeat: self.next_heartbeat(),
                };
            }
        }
        if is_due || self.should_poll(now) {
            self.may_be_acknowledged = false;
            return Step::Report(if is_due { self.new_report() } else { None });
        }
        Step::Wait(self.wake_at(now))
    }

    /// Returns whether the row has to be written now.
    fn is_report_due(&self, now: Duration) -> bool {
        self.row.as_ref().is_some_and(|row| {
            let is_late = |at| now >= at + self.timing.renew_interval;
            row.is_report_due || row.reported_at.is_none_or(is_late)
        })
    }

    fn new_report(&mut self) -> Option<Report> {
        let (acknowledged, row) = (self.applied?, self.row.as_ref()?);
        let (id, notify) = (row.id, row.is_report_due);
        Some(Report {
            id,
            heartbeat: self.next_heartbeat(),
            acknowledged,
            notify,
        })
    }

    fn next_heartbeat(&mut self) -> u64 {
        self.heartbeat += 1;
        self.heartbeat
    }

    /// Returns the rows of servers without a lease: every report that they sent is older than a lease.
    fn expired_rows(&self, now: Duration) -> Vec<(NodeId, u64)> {
        let time = self.timing.lease + self.timing.margin;
        let silent = self.peers.silent_for(time, now);
        silent.chain(self.abandoned_row).collect()
    }

    /// Returns whether to read the peers' rows for the sake of a change that waits for them.
    fn should_poll(&self, now: Duration) -> bool {
        let Some((_, committed)) = self.unanswered.back() else {
            return false;
        };
        match self.peers_read_at {
            Some(read_at) if read_at >= *committed => {
                self.may_be_acknowledged || now >= read_at + self.timing.poll_interval
            }
            _ => true,
        }
    }

    /// Returns when the next step is due if nothing happens before.
    fn wake_at(&self, now: Duration) -> Duration {
        let reported_at = self.row.as_ref().and_then(|row| row.reported_at);
        let renewal = reported_at.unwrap_or(now) + self.timing.renew_interval;
        let Some((_, committed)) = self.unanswered.front() else {
            return renewal;
        };
        let poll = self.peers_read_at.unwrap_or(now) + self.timing.poll_interval;
        renewal.min(poll).min(self.leases_end(*committed))
    }

    /// Returns when the last lease ends of a server that may not know of a change committed by `at`.
    fn leases_end(&self, at: Duration) -> Duration {
        at + self.timing.lease + self.timing.margin
    }

    /// Reports that all live keys of this epoch were read.
    pub fn loaded(&mut self, writer: LiveKeysWriter, epoch: u64) {
        self.live = LiveSet::Held(writer);
        self.applied = Some(epoch);
        self.latest_epoch = self.latest_epoch.max(epoch);
        self.apply_own_changes();
    }

    /// Reports that the keys could not be read, or not all of them.
    pub fn load_failed(&mut self, writer: LiveKeysWriter) {
        self.live = LiveSet::Held(writer);
        self.start_over();
    }

    /// Reports that a row with this id is on disk.
    pub fn registered(&mut self, id: NodeId) {
        self.row = Some(OwnRow {
            id,
            // The lease begins with a report that is sent from now on.
            reported_at: None,
            is_report_due: false,
            pending_leases: VecDeque::new(),
        });
    }

    /// Reports the changes that were read, by epoch: the first after what was applied. For a missing epoch
    /// all keys have to be loaded.
    pub fn caught_up(&mut self, epochs: Vec<(u64, Vec<Change>)>) {
        let Some(mut applied) = self.applied else {
            return;
        };
        if epochs.is_empty() && applied < self.latest_epoch {
            return self.start_over();
        }
        for (epoch, changes) in epochs {
            if epoch != applied + 1 {
                return self.start_over();
            }
            self.apply(epoch, &changes);
            applied = epoch;
            if let Some(row) = &mut self.row {
                row.is_report_due = true;
            }
        }
        self.apply_own_changes();
    }

    /// Discards the set and the row: all keys are loaded again.
    fn start_over(&mut self) {
        self.applied = None;
        if let Some(row) = self.row.take() {
            self.abandoned_row = Some((row.id, self.heartbeat));
        }
        self.own_changes.clear();
        self.live.reset();
    }

    /// Reports the answer to a report that was sent at `sent`.
    pub fn reported(
        &mut self,
        report: Option<Report>,
        reply: &Reply,
        sent: Duration,
        now: Duration,
    ) {
        self.peers_read_at = Some(sent);
        if self.applied.is_some_and(|applied| reply.epoch < applied) {
            // The database was replaced by an older one.
            self.latest_epoch = reply.epoch;
            self.start_over();
        }
        self.latest_epoch = self.latest_epoch.max(reply.epoch);
        let own = self.row.as_ref().map(|row| row.id);
        let peers = reply.rows.iter().filter(|row| Some(row.id) != own);
        self.peers.update(peers, now);
        if let Some(report) = report {
            self.extend_lease(report, reply, sent);
        }
    }

    /// Takes the lease that comes with a report.
    fn extend_lease(&mut self, report: Report, reply: &Reply, sent: Duration) {
        let Some(row) = self.row.as_mut().filter(|row| row.id == report.id) else {
            return;
        };
        if !reply.is_registered {
            // A peer has deleted the row: the lease had expired.
            self.row = None;
            return;
        }
        row.reported_at = Some(sent);
        row.is_report_due = false;
        let end = sent + self.timing.lease;
        row.pending_leases.push_back((reply.epoch, end));
        self.begin_leases();
    }

    /// Begins the leases whose epoch is applied.
    fn begin_leases(&mut self) {
        let Some(row) = &mut self.row else {
            return;
        };
        let applied = self.applied;
        let is_applied = |(epoch, _): &mut (u64, Duration)| applied >= Some(*epoch);
        let begun = std::iter::from_fn(|| row.pending_leases.pop_front_if(is_applied));
        if let Some((_, end)) = begun.last() {
            self.live.trust_until(end);
        }
    }

    /// Reports that these rows were deleted, except those whose servers have reported after all: the rows
    /// have to be read again.
    pub fn removed(&mut self, rows: &[(NodeId, u64)]) {
        for (id, _) in rows {
            self.peers.remove(*id);
        }
        self.abandoned_row = None;
        self.peers_read_at = None;
    }

    /// Reports that the connection is lost, and with it perhaps notifications. After a crash of the
    /// database a row may be older than before: nothing that was read of the peers counts any more.
    pub fn disconnected(&mut self) {
        self.peers.clear();
        self.peers_read_at = None;
        self.may_be_behind = true;
    }

    /// Reports that this process has committed changes as a new epoch, by `now`. They may be answered once
    /// [`Node::settled`] returns this epoch or a later one.
    pub fn committed(&mut self, epoch: u64, changes: Vec<Change>, now: Duration) {
        self.observed(epoch, now);
        if !self.live.is_none() {
            self.own_changes.insert(epoch, changes);
            self.apply_own_changes();
        }
    }

    /// Reports that this process has read, by `now`, the result of changes up to this epoch, its own
    /// and those of its peers. It may be answered once [`Node::settled`] returns this epoch or a later one.
    pub fn observed(&mut self, epoch: u64, now: Duration) {
        self.unanswered.push_back((epoch, now));
        self.latest_epoch = self.latest_epoch.max(epoch);
    }

    /// Reports a notification that a change was committed.
    pub fn change_notified(&mut self) {
        self.may_be_behind = true;
    }

    /// Reports a notification that a peer has acknowledged a change.
    pub fn report_notified(&mut self) {
        self.may_be_acknowledged = true;
    }

    /// Returns the epoch up to which this process may answer: every server has applied the changes, or has
    /// no lease.
    pub fn settled(&mut self, now: Duration) -> Option<u64> {
        let mut settled = None;
        while let Some((epoch, at)) = self.unanswered.front().copied()
            && (now >= self.leases_end(at) || self.is_acknowledged(epoch, at))
        {
            // A commit that was given up may be reported after later ones.
            settled = settled.max(Some(epoch));
            self.unanswered.pop_front();
        }
        settled
    }

    /// Returns whether every server has applied a change that was known to be committed by `at`.
    fn is_acknowledged(&self, epoch: u64, at: Duration) -> bool {
        // A server whose row is newer has read the keys later.
        self.peers_read_at.is_some_and(|read_at| read_at >= at)
            && self.peers.all_acknowledged(epoch)
            && self.applied.is_none_or(|applied| applied >= epoch)
    }

    /// Ends this server's lease, and returns its row, to be deleted. From then on the node only changes
    /// keys, and the set is not trusted.
    pub fn deregister(&mut self) -> Option<NodeId> {
        self.start_over();
        self.live = LiveSet::None;
        self.abandoned_row.take().map(|(id, _)| id)
    }

    /// Removes the keys from the set that expired before a time, and returns their number.
    pub fn evict_expired(&mut self, before: DateTime<Utc>) -> usize {
        self.live.evict_expired(before)
    }

    fn apply(&mut self, epoch: u64, changes: &[Change]) {
        self.live.apply(changes);
        self.applied = Some(epoch);
        self.begin_leases();
    }

    /// Applies this process's own changes as far as they are next.
    fn apply_own_changes(&mut self) {
        let Some(mut applied) = self.applied else {
            // A load that begins later reads them.
            if !self.live.is_loading() {
                self.own_changes.clear();
            }
            return;
        };
        while let Some(entry) = self.own_changes.first_entry()
            && *entry.key() <= applied + 1
        {
            let (epoch, changes) = entry.remove_entry();
            if epoch == applied + 1 {
                self.apply(epoch, &changes);
                applied = epoch;
            }
        }
    }
}
