//! Clocks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use rustix::time::{ClockId, clock_gettime};

/// A source of time. It is handed in, so that tests set it.
pub trait Clock: Send + Sync + 'static {
    /// Returns the wall-clock time in whole milliseconds. It may go back when the clock is set.
    fn now(&self) -> DateTime<Utc>;

    /// Returns the time since an arbitrary start. It never goes back, and runs on while the machine
    /// is suspended.
    fn steady(&self) -> Duration;
}

/// The clocks of the operating system.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    fn steady(&self) -> Duration {
        // Linux's monotonic clock stops in suspend.
        #[cfg(target_os = "linux")]
        let clock = ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        let clock = ClockId::Monotonic;
        let now = clock_gettime(clock);
        let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
        let nanos = u32::try_from(now.tv_nsec).unwrap_or_default();
        Duration::new(seconds, nanos)
    }
}
