//! How many credentials were checked, by outcome.

use std::sync::atomic::{AtomicU64, Ordering};

/// The credentials that a service has checked since it was created, by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckCounts {
    /// The key is active.
    pub active: u64,
    /// There is no such key, or it is revoked or expired.
    pub inactive: u64,
    /// The text is not of the form of a key.
    pub malformed: u64,
    /// The store was unavailable.
    pub unavailable: u64,
    /// The checks for which the key was looked up in the store, since the keys in memory were not trusted. Each is
    /// counted by its outcome as well.
    pub looked_up: u64,
}

/// Counts checks. Each count is exact; those of one moment may be apart by the checks in progress.
#[derive(Default)]
pub(crate) struct CheckCounters {
    active: AtomicU64,
    inactive: AtomicU64,
    malformed: AtomicU64,
    unavailable: AtomicU64,
    looked_up: AtomicU64,
}

/// The outcome of a check.
#[derive(Clone, Copy)]
pub(crate) enum CheckOutcome {
    Active,
    Inactive,
    Malformed,
    Unavailable,
}

impl CheckCounters {
    pub(crate) fn count(&self, outcome: CheckOutcome) {
        let counter = match outcome {
            CheckOutcome::Active => &self.active,
            CheckOutcome::Inactive => &self.inactive,
            CheckOutcome::Malformed => &self.malformed,
            CheckOutcome::Unavailable => &self.unavailable,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_lookup(&self) {
        self.looked_up.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> CheckCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CheckCounts {
            active: read(&self.active),
            inactive: read(&self.inactive),
            malformed: read(&self.malformed),
            unavailable: read(&self.unavailable),
            looked_up: read(&self.looked_up),
        }
    }
}
