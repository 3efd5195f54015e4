//! What calls have cost, by hour, until it is written to the store.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cocore_store::{UsageCounts, UsageOf};

/// For how many hours, keys, models and upstreams sums are kept while they cannot be written.
const MAX_SUMS: usize = 100_000;

/// Sums that are not written yet.
#[derive(Default)]
pub(super) struct Sums(Mutex<State>);

#[derive(Default)]
struct State {
    sums: HashMap<UsageOf, UsageCounts>,
    /// Calls for which there was no room.
    lost: u64,
}

impl Sums {
    /// Adds a call.
    pub(super) fn add(&self, of: UsageOf, counts: &UsageCounts) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = state.sums.len() >= MAX_SUMS;
        if is_full && !state.sums.contains_key(&of) {
            if state.lost == 0 {
                tracing::error!("usage cannot be written, and there is no room for more of it");
            }
            state.lost += counts.calls;
            return;
        }
        state.sums.entry(of).or_default().add(counts);
    }

    /// Takes some sums, to be written: at most so many.
    pub(super) fn take(&self, most: usize) -> Vec<(UsageOf, UsageCounts)> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.sums.len() <= most {
            return std::mem::take(&mut state.sums).into_iter().collect();
        }
        let some: Vec<_> = state.sums.keys().take(most).cloned().collect();
        let taken = some
            .into_iter()
            .filter_map(|of| state.sums.remove_entry(&of));
        taken.collect()
    }

    /// Returns how many sums wait to be written, and how many calls were lost.
    pub(super) fn waiting(&self) -> (usize, u64) {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (state.sums.len(), state.lost)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn sums_are_bounded() {
        let sums = Sums::default();
        let of = |number: usize| UsageOf {
            did: number.to_string(),
            key_id: None,
            hour: DateTime::UNIX_EPOCH,
            model: String::new(),
            upstream: String::new(),
        };
        let one = UsageCounts {
            calls: 1,
            ..UsageCounts::default()
        };
        for number in 0..MAX_SUMS + 7 {
            sums.add(of(number), &one);
        }
        sums.add(of(0), &one);
        assert_eq!(sums.waiting(), (MAX_SUMS, 7));
        assert_eq!(sums.take(500).len(), 500);
        assert_eq!(sums.waiting(), (MAX_SUMS - 500, 7));
    }
}
