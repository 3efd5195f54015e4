//! The steady clock.

use std::time::Duration;

/// A clock for lifetimes in memory. It is handed in, so that tests set it.
pub trait Clock: Send + Sync + 'static {
    /// Returns the time since an arbitrary start. It never goes back.
    fn steady(&self) -> Duration;
}
