//! The wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// A wall clock.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> SystemTime;
}

/// The time of a clock in seconds since 1970.
pub(crate) fn unix_seconds(clock: &dyn Clock) -> u64 {
    let since = clock.now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
