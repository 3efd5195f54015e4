//! The other servers, as one server knows them.

use std::collections::HashMap;
use std::mem;
use std::time::Duration;

use super::protocol::{NodeId, PeerRow};

/// The rows of the other servers, as they were last read.
#[derive(Default)]
pub(super) struct Peers(HashMap<NodeId, Peer>);

struct Peer {
    acknowledged: u64,
    heartbeat: u64,
    /// When this heartbeat was first read.
    heartbeat_read_at: Duration,
}

impl Peers {
    /// Replaces the rows by those that were read. A heartbeat that is read for the first time was written
    /// before `now`.
    pub(super) fn update<'r>(&mut self, rows: impl Iterator<Item = &'r PeerRow>, now: Duration) {
        let mut known = mem::take(&mut self.0);
        for row in rows {
            let before = known.remove(&row.id);
            let unchanged = before.filter(|peer| peer.heartbeat == row.heartbeat);
            let peer = Peer {
                acknowledged: row.acknowledged,
                heartbeat: row.heartbeat,
                heartbeat_read_at: unchanged.map_or(now, |peer| peer.heartbeat_read_at),
            };
            self.0.insert(row.id, peer);
        }
    }

    /// Returns whether every peer has acknowledged an epoch.
    pub(super) fn all_acknowledged(&self, epoch: u64) -> bool {
        self.0.values().all(|peer| peer.acknowledged >= epoch)
    }

    /// Returns the peers whose heartbeat has been the same for this time, with that heartbeat.
    pub(super) fn silent_for(
        &self,
        time: Duration,
        now: Duration,
    ) -> impl Iterator<Item = (NodeId, u64)> {
        let is_silent = move |(_, peer): &(&NodeId, &Peer)| now >= peer.heartbeat_read_at + time;
        let silent = self.0.iter().filter(is_silent);
        silent.map(|(id, peer)| (*id, peer.heartbeat))
    }

    pub(super) fn remove(&mut self, id: NodeId) {
        self.0.remove(&id);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
