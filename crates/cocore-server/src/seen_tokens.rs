//! Removal of used service-auth tokens from the store, at times that a wall clock which jumps cannot bring
//! forward: a token that is forgotten while it is valid could be used again.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::{Clock, StoreError};
use cocore_store::Store;

/// How long the wall clock has to run on from a time before tokens that expired by that time are removed. No
/// token is accepted for as long: the setting `--token-life` is an hour at most.
const CONFIRMATION: Duration = Duration::from_secs(4200);
/// The largest step back of the wall clock that is taken for an adjustment.
const MAX_ADJUSTMENT: Duration = Duration::from_secs(30);

/// Removes used tokens that cannot be used again.
pub struct SeenTokens {
    store: Store,
    clock: Arc<dyn Clock>,
    reading: Option<Reading>,
}

/// What both clocks showed at one moment.
struct Reading {
    wall: DateTime<Utc>,
    steady: Duration,
}

impl SeenTokens {
    /// Creates the removal for a store. Nothing is removed before the clock is confirmed.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            reading: None,
        }
    }

    /// Removes tokens that have expired for certain, and returns their number. To be called again and again.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn purge(&mut self) -> Result<usize, StoreError> {
        match self.confirmed_time() {
            Some(time) => self.store.purge_seen_tokens(time).await,
            None => Ok(0),
        }
    }

    /// An earlier reading of the wall clock, once the clock has run on from it for [`CONFIRMATION`] by the
    /// steady clock. A clock that is set back starts anew.
    fn confirmed_time(&mut self) -> Option<DateTime<Utc>> {
        let now = Reading {
            wall: self.clock.now(),
            steady: self.clock.steady(),
        };
        let Some(reading) = &self.reading else {
            self.reading = Some(now);
            return None;
        };
        let elapsed = now.steady.saturating_sub(reading.steady);
        let least = elapsed.saturating_sub(MAX_ADJUSTMENT);
        let is_set_back =
            now.wall - reading.wall < TimeDelta::from_std(least).unwrap_or(TimeDelta::MAX);
        if !is_set_back && elapsed < CONFIRMATION {
            return None;
        }
        let confirmed = (!is_set_back).then_some(reading.wall);
        self.reading = Some(now);
        confirmed
    }
}
