//! The clock of a server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use cocore_keys::Clock;

/// A clock that is a little too fast or too slow.
pub(crate) struct DriftingClock {
    pub(crate) real: Arc<Mutex<Duration>>,
    /// The drift, in thousandths.
    pub(crate) rate: i32,
    pub(crate) offset: Duration,
    /// The wall clock at the beginning.
    pub(crate) wall: DateTime<Utc>,
}

impl Clock for DriftingClock {
    fn now(&self) -> DateTime<Utc> {
        let real = *self.real.lock().unwrap();
        (self.wall + TimeDelta::from_std(real).unwrap()).trunc_subsecs(3)
    }

    fn steady(&self) -> Duration {
        self.at(*self.real.lock().unwrap())
    }
}

impl DriftingClock {
    pub(crate) fn at(&self, real: Duration) -> Duration {
        let rate = f64::from(1000 + self.rate) / 1000.0;
        self.offset + real.mul_f64(rate)
    }

    /// Returns the real time at which it shows a time.
    pub(crate) fn real(&self, now_shown: Duration) -> Duration {
        let rate = f64::from(1000 + self.rate) / 1000.0;
        now_shown.saturating_sub(self.offset).div_f64(rate)
    }
}
