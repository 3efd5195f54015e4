//! The set of live keys of a server in the lease protocol.

use std::mem;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::change::Change;
use crate::live::LiveKeysWriter;

/// The set of live keys of this process, or rather its writer.
pub(super) enum LiveSet {
    /// This process only changes keys.
    None,
    /// The set is being loaded, by the holder of its writer.
    Loading,
    /// The set is changed by the node.
    Held(LiveKeysWriter),
}

impl LiveSet {
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    pub(super) fn is_loading(&self) -> bool {
        matches!(self, Self::Loading)
    }

    /// Hands out the writer for loading.
    pub(super) fn start_load(&mut self) -> Option<LiveKeysWriter> {
        match mem::replace(self, Self::Loading) {
            Self::Held(writer) => Some(writer),
            other => {
                *self = other;
                None
            }
        }
    }

    pub(super) fn reset(&mut self) {
        if let Self::Held(writer) = self {
            writer.reset();
        }
    }

    pub(super) fn apply(&mut self, changes: &[Change]) {
        if let Self::Held(writer) = self {
            changes.iter().for_each(|change| writer.apply(change));
        }
    }

    pub(super) fn trust_until(&mut self, end: Duration) {
        if let Self::Held(writer) = self {
            writer.trust_until(end);
        }
    }

    /// Removes the keys that expired before a time, and returns their number. A set that is being loaded has
    /// none.
    pub(super) fn evict_expired(&mut self, before: DateTime<Utc>) -> usize {
        match self {
            Self::Held(writer) => writer.evict_expired(before),
            Self::None | Self::Loading => 0,
        }
    }
}
