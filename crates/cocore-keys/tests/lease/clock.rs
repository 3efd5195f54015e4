//! The clock of a server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cocore_keys::Clock;

/// The clock of a server: it goes a bit wrong.
pub(crate) struct Drifting {
    pub(crate) real: Arc<Mutex<Duration>>,
    /// In thousandths.
    pub(crate) rate: i32,
    pub(crate) offset: Duration,
}

impl Clock for Drifting {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn steady(&self) -> Duration {
        self.at(*self.real.lock().unwrap())
    }
}

impl Drifting {
    pub(crate) fn at(&self, real: Duration) -> Duration {
        let rate = f64::from(1000 + self.rate) / 1000.0;
        self.offset + real.mul_f64(rate)
    }

    /// The real time at which it shows a time.
    pub(crate) fn real(&self, shown: Duration) -> Duration {
        let rate = f64::from(1000 + self.rate) / 1000.0;
        shown.saturating_sub(self.offset).div_f64(rate)
    }
}
