//! One server's part in what several agree on when they share a database: who may answer from memory,
//! and when a change may be answered. `docs/several-nodes.md` has the protocol, and the argument why
//! no request is decided by stale knowledge.
//!
//! Without I/O: [`Node::next`] says what to do next, and whoever does it tells how it ended.

mod peers;
mod step;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::live::{Change, LiveKeys};

use peers::Peers;
pub use step::{NodeId, PeerRow, Reply, Report, Step, Timing};

/// One server.
pub struct Node {
    timing: Timing,
    /// None for a process that only changes keys.
    live: Option<Arc<LiveKeys>>,
    is_loading: bool,
    /// The epoch of the set, once it is loaded.
    applied: Option<u64>,
    row: Option<OwnRow>,
    /// The mark of the next report.
    heartbeat: u64,
    /// The highest epoch that is known to be committed.
    latest_epoch: u64,
    /// Whether there may be a higher one.
    is_hinted: bool,
    /// When the rows were asked for that `others` are of.
    asked: Option<Duration>,
    /// Whether somebody may have acknowledged something since.
    is_news: bool,
    /// Changes of this process that wait for those before them.
    own: BTreeMap<u64, Vec<Change>>,
    /// Changes of this process that are not answered, and when they were known to be committed.
    waiting: VecDeque<(u64, Duration)>,
    peers: Peers,
    /// A row of this process for which nobody has to wait any more.
    left: Option<(NodeId, u64)>,
}

struct OwnRow {
    id: NodeId,
    /// When the last report that was answered was sent.
    reported: Option<Duration>,
    /// Whether a change of others came in since the last report.
    is_owed: bool,
    /// Leases that count once the epoch is applied that was read with them.
    pending: VecDeque<(u64, Duration)>,
}

impl Node {
    /// A server that keeps `live` current; without it, a process that only changes keys.
    pub fn new(timing: Timing, live: Option<Arc<LiveKeys>>) -> Self {
        Self {
            timing,
            live,
            is_loading: false,
            applied: None,
            row: None,
            heartbeat: 0,
            latest_epoch: 0,
            is_hinted: false,
            asked: None,
            is_news: false,
            own: BTreeMap::new(),
            waiting: VecDeque::new(),
            peers: Peers::default(),
            left: None,
        }
    }

    /// What to do at this moment.
    pub fn next(&mut self, now: Duration) -> Step {
        let gone = self.gone(now);
        if !gone.is_empty() {
            return Step::Remove(gone);
        }
        let is_due = self.is_due(now);
        if self.live.is_some() && !self.is_loading {
            let Some(applied) = self.applied else {
                self.is_loading = true;
                return Step::Load;
            };
            // A server that reports late loses its lease; one that is late with changes waits.
            if (applied < self.latest_epoch || self.is_hinted) && !is_due {
                // Word that comes from now on may be of something that this does not see.
                self.is_hinted = false;
                return Step::CatchUp { after: applied };
            }
            if self.row.is_none() {
                return Step::Register {
                    acknowledged: applied,
                    heartbeat: self.next_heartbeat(),
                };
            }
        }
        if is_due || self.should_look(now) {
            self.is_news = false;
            return Step::Report(if is_due { self.report() } else { None });
        }
        Step::Wait(self.wake(now))
    }

    /// Whether the row has to be written now.
    fn is_due(&self, now: Duration) -> bool {
        self.row.as_ref().is_some_and(|row| {
            let is_late = |reported| now >= reported + self.timing.renew_every;
            row.is_owed || row.reported.is_none_or(is_late)
        })
    }

    fn report(&mut self) -> Option<Report> {
        let (applied, row) = (self.applied?, self.row.as_ref()?);
        let (id, is_news) = (row.id, row.is_owed);
        Some(Report {
            id,
            heartbeat: self.next_heartbeat(),
            acknowledged: applied,
            is_news,
        })
    }

    fn next_heartbeat(&mut self) -> u64 {
        self.heartbeat += 1;
        self.heartbeat
    }

    /// Rows whose servers have no lease any more: each report that they sent is older than a lease.
    fn gone(&self, now: Duration) -> Vec<(NodeId, u64)> {
        let silent = self.timing.lease + self.timing.margin;
        let gone = self.peers.silent_for(silent, now);
        gone.chain(self.left).collect()
    }

    /// Whether the rows of the others tell something that somebody waits for.
    fn should_look(&self, now: Duration) -> bool {
        let Some((_, committed)) = self.waiting.back() else {
            return false;
        };
        match self.asked {
            Some(asked) if asked >= *committed => {
                self.is_news || now >= asked + self.timing.look_every
            }
            _ => true,
        }
    }

    /// When there is something to do even without news.
    fn wake(&self, now: Duration) -> Duration {
        let reported = self.row.as_ref().and_then(|row| row.reported);
        let renewal = reported.unwrap_or(now) + self.timing.renew_every;
        let Some((_, committed)) = self.waiting.front() else {
            return renewal;
        };
        let look = self.asked.unwrap_or(now) + self.timing.look_every;
        renewal.min(look).min(self.waited_out(*committed))
    }

    /// When every lease is over whose server may not know of a change that was committed by `at`.
    fn waited_out(&self, at: Duration) -> Duration {
        at + self.timing.lease + self.timing.margin
    }

    /// All live keys were read, as of this epoch.
    pub fn loaded(&mut self, epoch: u64) {
        self.is_loading = false;
        self.applied = Some(epoch);
        self.latest_epoch = self.latest_epoch.max(epoch);
        self.apply_own();
    }

    /// The keys could not be read, or not all of them.
    pub fn load_failed(&mut self) {
        self.is_loading = false;
        self.start_over();
    }

    /// There is a row of this name now, and it is on disk.
    pub fn registered(&mut self, id: NodeId) {
        self.row = Some(OwnRow {
            id,
            // The lease begins with a report that is sent from now on.
            reported: None,
            is_owed: false,
            pending: VecDeque::new(),
        });
    }

    /// The changes of these epochs were read, the first ones after what was applied. An epoch that is
    /// missing is one that only all keys can tell.
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
                row.is_owed = true;
            }
        }
        self.apply_own();
    }

    /// Begins again with all keys.
    fn start_over(&mut self) {
        self.applied = None;
        if let Some(row) = self.row.take() {
            self.left = Some((row.id, self.heartbeat));
        }
        self.own.clear();
        if let Some(live) = &self.live {
            live.reset();
        }
    }

    /// A report was answered that was sent at `sent`. It is `now`.
    pub fn reported(
        &mut self,
        report: Option<Report>,
        reply: &Reply,
        sent: Duration,
        now: Duration,
    ) {
        self.asked = Some(sent);
        if self.applied.is_some_and(|applied| reply.epoch < applied) {
            // Somebody put an older database in its place.
            self.latest_epoch = reply.epoch;
            self.start_over();
        }
        self.latest_epoch = self.latest_epoch.max(reply.epoch);
        let own = self.row.as_ref().map(|row| row.id);
        let others = reply.rows.iter().filter(|row| Some(row.id) != own);
        self.peers.observe(others, now);
        if let Some(report) = report {
            self.extend(report, reply, sent);
        }
    }

    /// Takes the lease that comes with a report.
    fn extend(&mut self, report: Report, reply: &Reply, sent: Duration) {
        let Some(row) = self.row.as_mut().filter(|row| row.id == report.id) else {
            return;
        };
        if !reply.is_registered {
            // Somebody took this server for gone: it had no lease any more.
            self.row = None;
            return;
        }
        row.reported = Some(sent);
        row.is_owed = false;
        let end = sent + self.timing.lease;
        row.pending.push_back((reply.epoch, end));
        self.count_leases();
    }

    /// Counts the leases whose epoch is applied.
    fn count_leases(&mut self) {
        let (Some(row), Some(live)) = (&mut self.row, &self.live) else {
            return;
        };
        let applied = self.applied;
        let is_known = |(epoch, _): &mut (u64, Duration)| applied >= Some(*epoch);
        if let Some((_, end)) = std::iter::from_fn(|| row.pending.pop_front_if(is_known)).last() {
            live.trust_until(end);
        }
    }

    /// These rows were removed, but for those whose servers have reported meanwhile after all: who is
    /// there has to be asked again.
    pub fn removed(&mut self, rows: &[(NodeId, u64)]) {
        for (id, _) in rows {
            self.peers.forget(*id);
        }
        self.left = None;
        self.asked = None;
    }

    /// The database did not answer, and words may be lost. After a crash, a row may be older than it
    /// was: nothing that was seen of the others counts any more.
    pub fn disconnected(&mut self) {
        self.peers.clear();
        self.asked = None;
        self.is_hinted = true;
    }

    /// This process has committed changes as a new epoch, by `now`. They may be answered when
    /// [`Node::settled`] says so.
    pub fn committed(&mut self, epoch: u64, changes: Vec<Change>, now: Duration) {
        self.observed(epoch, now);
        if self.live.is_some() {
            self.own.insert(epoch, changes);
            self.apply_own();
        }
    }

    /// This process has seen, by `now`, what the changes up to this epoch did, whoever made them: it may be
    /// said when [`Node::settled`] says so.
    pub fn observed(&mut self, epoch: u64, now: Duration) {
        self.waiting.push_back((epoch, now));
        self.latest_epoch = self.latest_epoch.max(epoch);
    }

    /// Somebody may have committed a change.
    pub fn change_notified(&mut self) {
        self.is_hinted = true;
    }

    /// Somebody may have acknowledged something.
    pub fn report_notified(&mut self) {
        self.is_news = true;
    }

    /// Up to which epoch this process's changes may be answered: every server has them, or may not
    /// answer without asking the database.
    pub fn settled(&mut self, now: Duration) -> Option<u64> {
        let mut settled = None;
        while let Some((epoch, at)) = self.waiting.front().copied()
            && (now >= self.waited_out(at) || self.is_known(epoch, at))
        {
            // A commit that was given up may turn up after later ones.
            settled = settled.max(Some(epoch));
            self.waiting.pop_front();
        }
        settled
    }

    /// Whether everyone has a change.
    fn is_known(&self, epoch: u64, at: Duration) -> bool {
        // A row that came later is of a server that has read later.
        self.asked.is_some_and(|asked| asked >= at)
            && self.peers.all_acknowledged(epoch)
            && self.applied.is_none_or(|applied| applied >= epoch)
    }

    /// Ends this server's part: its row, to be removed. From then on it only changes keys, and nothing is
    /// answered from memory.
    pub fn deregister(&mut self) -> Option<NodeId> {
        self.start_over();
        self.live = None;
        self.left.take().map(|(id, _)| id)
    }

    /// The epoch that the set is as of.
    pub fn applied(&self) -> Option<u64> {
        self.applied
    }

    fn apply(&mut self, epoch: u64, changes: &[Change]) {
        if let Some(live) = &self.live {
            changes.iter().for_each(|change| live.apply(change));
        }
        self.applied = Some(epoch);
        self.count_leases();
    }

    /// Applies what is next of this process's own changes.
    fn apply_own(&mut self) {
        let Some(mut applied) = self.applied else {
            // What is read later has them.
            if !self.is_loading {
                self.own.clear();
            }
            return;
        };
        while let Some(entry) = self.own.first_entry()
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
