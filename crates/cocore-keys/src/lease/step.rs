//! What a server does for the agreement, and what it learns by it.

use std::time::Duration;

/// The name of a server's row among the others. It is made anew for each row.
pub type NodeId = u128;

/// The times that all servers of a database have to agree on.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// How long a server may answer from memory after it sent a report.
    pub lease: Duration,
    /// How often it reports.
    pub renew_every: Duration,
    /// By how much two clocks may differ over the length of a lease.
    pub margin: Duration,
    /// How often the others' rows are read while somebody waits for them, should a word of theirs be
    /// lost.
    pub look_every: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(2),
            renew_every: Duration::from_millis(500),
            margin: Duration::from_millis(100),
            look_every: Duration::from_millis(20),
        }
    }
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Read all live keys into the set, which is empty, and tell the epoch of what was read.
    Load,
    /// Read the changes after this epoch, in their order.
    CatchUp {
        /// The epoch of what is known.
        after: u64,
    },
    /// Make a row with a new name, on disk.
    Register {
        /// What it acknowledges.
        acknowledged: u64,
        /// A mark that no other report of this process has.
        heartbeat: u64,
    },
    /// Write the row, if there is one, and read the epoch and every row. Both are as of a moment after
    /// this was sent.
    Report(Option<Report>),
    /// Remove these rows, if they still have these stamps.
    Remove(Vec<(NodeId, u64)>),
    /// Nothing, until this moment or until there is news.
    Wait(Duration),
}

/// What a server writes into its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which row.
    pub id: NodeId,
    /// A mark that no other report of this process has.
    pub heartbeat: u64,
    /// Every change up to this epoch is in its set.
    pub acknowledged: u64,
    /// Whether others should look: somebody may wait for this.
    pub is_news: bool,
}

/// What was read with a report.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The epoch of the last change.
    pub epoch: u64,
    /// Whether the row of the report was there.
    pub is_registered: bool,
    /// Every row.
    pub rows: Vec<PeerRow>,
}

/// Somebody's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerRow {
    /// Whose.
    pub id: NodeId,
    /// The mark of their last report.
    pub heartbeat: u64,
    /// What they have.
    pub acknowledged: u64,
}
