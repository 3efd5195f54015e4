//! The steps of the lease protocol, and what they read and write.

use std::time::Duration;

use crate::live::LiveKeysWriter;

/// The id of a server's row. Each row gets a new one.
pub type NodeId = u128;

/// The times of the protocol. All servers of a database use the same.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// How long a server may answer from memory after it sent a report.
    pub lease: Duration,
    /// How often a server reports.
    pub renew_interval: Duration,
    /// By how much two clocks may differ over the length of a lease.
    pub margin: Duration,
    /// How often the peers' rows are read while a change waits for them, in case a notification is
    /// lost.
    pub poll_interval: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(2),
            renew_interval: Duration::from_millis(500),
            margin: Duration::from_millis(100),
            poll_interval: Duration::from_millis(20),
        }
    }
}

/// What a server does next.
pub enum Step {
    /// Read all live keys into the set, which is empty, and return the writer with the epoch of what was
    /// read.
    Load(LiveKeysWriter),
    /// Read the changes after an epoch, in their order.
    CatchUp {
        /// The epoch that is applied.
        after: u64,
    },
    /// Insert a row with a new id, synced to disk.
    Register {
        /// The epoch that it acknowledges.
        acknowledged: u64,
        /// A number that no other report of this process has.
        heartbeat: u64,
    },
    /// Update the row, if there is a report, and read the epoch and every row. Both reads are of a moment
    /// after the statement was sent.
    Report(Option<Report>),
    /// Delete these rows, if they still have these heartbeats.
    Remove(Vec<(NodeId, u64)>),
    /// Wait until this moment, or until something happens.
    Wait(Duration),
}

/// What a server writes into its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// The id of the row.
    pub id: NodeId,
    /// A number that no other report of this process has.
    pub heartbeat: u64,
    /// The server has applied every change up to this epoch.
    pub acknowledged: u64,
    /// Whether the peers are notified: a change of one of them may wait for this.
    pub notify: bool,
}

/// What is read with a report.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The epoch of the last change.
    pub epoch: u64,
    /// Whether the row of the report exists.
    pub is_registered: bool,
    /// Every row.
    pub rows: Vec<PeerRow>,
}

/// The row of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerRow {
    /// The id of the row.
    pub id: NodeId,
    /// The heartbeat of the server's last report.
    pub heartbeat: u64,
    /// The epoch that the server acknowledges.
    pub acknowledged: u64,
}
