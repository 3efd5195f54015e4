//! What happens in the simulation, in the order of its moments.

use std::cmp::Reverse;
use std::time::Duration;

use cocore_keys::lease::{PeerRow, Reply, Report};
use cocore_keys::{Change, LiveKeysWriter};

/// What happens at a moment. Servers are named by their numbers.
pub(super) enum Event {
    Step(usize),
    Statement(usize, Statement),
    Answer(usize, Answer),
    Notification(usize, Notification),
    /// A client's revoke arrives at a server.
    Revoke(usize),
    /// A transaction asks for the lock, and commits.
    Lock(usize),
    Commit(usize),
    Committed(usize, u64, Vec<Change>),
    Sample,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Notification {
    Change,
    Report,
}

pub(super) enum Statement {
    Load(LiveKeysWriter),
    CatchUp(u64),
    Register(PeerRow),
    /// With the moment at which it was sent.
    Report(Option<Report>, Duration),
    Remove(Vec<(u128, u64)>),
}

pub(super) enum Answer {
    Loaded(LiveKeysWriter, u64),
    CatchUp(Vec<(u64, Vec<Change>)>),
    Register(u128),
    Report(Option<Report>, Reply, Duration),
    Remove(Vec<(u128, u64)>),
}

/// An event at a moment. Of two at the same one, the earlier made comes first.
pub(super) struct Entry(pub(super) Reverse<(Duration, u64)>, pub(super) Event);

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
