//! What the model holds each answer against.

use std::time::Duration;

/// What clients know of a key.
#[derive(Clone, Copy, Default)]
pub(super) struct Known {
    pub(super) made: Option<Duration>,
    pub(super) ended: Option<Duration>,
    /// Whether its end is committed, answered or not.
    pub(super) is_ending: bool,
}
