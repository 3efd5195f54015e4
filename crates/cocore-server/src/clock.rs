//! The server's clock, as other crates read it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cocore_keys::Clock;

/// The server's clock.
pub struct ServerClock(pub Arc<dyn Clock>);

impl cocore_oauth::Clock for ServerClock {
    fn now(&self) -> SystemTime {
        self.0.now().into()
    }
}

impl cocore_identity::Clock for ServerClock {
    fn steady(&self) -> Duration {
        self.0.steady()
    }
}
