//! What answers are compared with.

use std::time::Duration;

/// What clients know about a key.
#[derive(Clone, Copy, Default)]
pub(super) struct Known {
    /// When its creation was answered.
    pub(super) created: Option<Duration>,
    /// When its removal was answered.
    pub(super) removed: Option<Duration>,
    /// Whether its removal is committed, answered or not.
    pub(super) is_removing: bool,
}
