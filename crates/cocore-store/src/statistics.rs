//! What a store has done, and how much waits in its queues.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What a store has done since it was opened, and what waits for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreStatistics {
    /// Batches of writes that were committed.
    pub committed_batches: u64,
    /// Batches of writes that failed as a whole.
    pub failed_batches: u64,
    /// Writes in batches that were committed.
    pub writes: u64,
    /// Syncs of an SQLite database: one for each committed batch that changed something, and one for each checkpoint
    /// of the log. `None` on PostgreSQL, which syncs by itself.
    pub syncs: Option<u64>,
    /// The time that the writer has spent on batches, and on the log of SQLite.
    pub writer_busy: Duration,
    /// The queues of the store's threads.
    pub queues: Vec<QueueStatistics>,
}

/// A queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueStatistics {
    /// What waits in it: `writes`, `queries`, or on PostgreSQL `changes`.
    pub name: &'static str,
    /// How many of these wait now.
    pub depth: usize,
    /// How many may wait.
    pub capacity: usize,
    /// How many were rejected since the queue was full.
    pub rejected: u64,
}

/// Counts what the writer does.
#[derive(Default)]
pub(crate) struct WriterCounters {
    committed_batches: AtomicU64,
    failed_batches: AtomicU64,
    writes: AtomicU64,
    busy_nanos: AtomicU64,
}

impl WriterCounters {
    /// Counts a batch.
    pub(crate) fn count_batch(&self, writes: usize, is_committed: bool) {
        if is_committed {
            self.committed_batches.fetch_add(1, Ordering::Relaxed);
            self.writes.fetch_add(writes as u64, Ordering::Relaxed);
        } else {
            self.failed_batches.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns what was counted: the syncs and the queues are those of others.
    pub(crate) fn statistics(
        &self,
        syncs: Option<u64>,
        queues: Vec<QueueStatistics>,
    ) -> StoreStatistics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        StoreStatistics {
            committed_batches: read(&self.committed_batches),
            failed_batches: read(&self.failed_batches),
            writes: read(&self.writes),
            syncs,
            writer_busy: Duration::from_nanos(read(&self.busy_nanos)),
            queues,
        }
    }

    /// Adds time for which the writer was busy.
    pub(crate) fn add_busy(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.busy_nanos.fetch_add(nanos, Ordering::Relaxed);
    }
}
