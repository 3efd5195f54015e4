//! What one server knows of the others.

use std::collections::HashMap;
use std::mem;
use std::time::Duration;

use super::step::{NodeId, PeerRow};

/// The rows of the other servers, as they were seen last.
#[derive(Default)]
pub(super) struct Peers(HashMap<NodeId, Peer>);

struct Peer {
    acknowledged: u64,
    heartbeat: u64,
    /// Since when the heartbeat is the same, or earlier.
    since: Duration,
}

impl Peers {
    /// Notes what all their rows say. A heartbeat that is seen for the first time was made before now.
    pub(super) fn observe<'r>(&mut self, rows: impl Iterator<Item = &'r PeerRow>, now: Duration) {
        let mut known = mem::take(&mut self.0);
        for row in rows {
            let before = known.remove(&row.id);
            let since = before.filter(|other| other.heartbeat == row.heartbeat);
            let other = Peer {
                acknowledged: row.acknowledged,
                heartbeat: row.heartbeat,
                since: since.map_or(now, |other| other.since),
            };
            self.0.insert(row.id, other);
        }
    }

    /// Whether each has a change.
    pub(super) fn all_acknowledged(&self, epoch: u64) -> bool {
        self.0.values().all(|other| other.acknowledged >= epoch)
    }

    /// Those whose heartbeat has been the same for so long, with that heartbeat.
    pub(super) fn silent_for(
        &self,
        time: Duration,
        now: Duration,
    ) -> impl Iterator<Item = (NodeId, u64)> {
        let silent = move |(_, other): &(&NodeId, &Peer)| now >= other.since + time;
        let silent = self.0.iter().filter(silent);
        silent.map(|(id, other)| (*id, other.heartbeat))
    }

    pub(super) fn forget(&mut self, id: NodeId) {
        self.0.remove(&id);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
