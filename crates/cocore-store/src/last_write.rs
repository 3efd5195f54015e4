//! The outcome of the last transaction of the writer.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cocore_keys::Reason;

use crate::database::Database;

/// The outcome of the last transaction, and its time on the steady clock.
#[derive(Default)]
pub(crate) struct LastWrite(Mutex<Option<(Duration, Result<(), Reason>)>>);

impl LastWrite {
    pub(crate) fn record(&self, database: &Database, outcome: Result<(), Reason>) {
        let at = database.clock.steady();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, outcome));
    }

    /// Returns the outcome, if it is not older than this.
    pub(crate) fn within(&self, age: Duration, now: Duration) -> Option<Result<(), Reason>> {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, outcome) = last?;
        (now.saturating_sub(at) < age).then_some(outcome)
    }
}
