//! How fast a client takes what is written to it.

use std::time::Duration;

use tokio::time::Instant;

use crate::connections::limits::Limits;

/// The writes of a connection. Only the time counts in which the server waits for the client: an answer
/// that comes in pieces may take its time.
#[derive(Default)]
pub(super) struct Writes {
    /// Since when a write waits for the client.
    waiting_since: Option<Instant>,
    /// How long writes have waited in all.
    waited: Duration,
    /// How many bytes the client has taken since a write had to wait first.
    taken: u64,
}

impl Writes {
    /// Returns whether a write waits for the client.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting_since.is_some()
    }

    /// A write has to wait.
    pub(super) fn wait(&mut self, now: Instant) {
        self.waiting_since.get_or_insert(now);
    }

    /// The client took some bytes.
    pub(super) fn took(&mut self, bytes: usize, now: Instant) {
        if let Some(since) = self.waiting_since.take() {
            self.waited += now.saturating_duration_since(since);
        }
        if self.waited > Duration::ZERO {
            self.taken += bytes as u64;
        }
    }

    /// Returns when the client has to have taken more.
    pub(super) fn deadline(&self, limits: &Limits) -> Option<Instant> {
        let since = self.waiting_since?;
        let earned = self.taken as f64 / f64::from(limits.write_rate);
        let allowed = limits.write_timeout + Duration::from_secs_f64(earned);
        let left = allowed.saturating_sub(self.waited);
        Some(since + left.min(limits.write_timeout))
    }
}
