//! The faults of a run.

use std::time::Duration;

/// Which faults are injected, and how often.
#[derive(Clone, Copy)]
pub(crate) struct Faults {
    /// The mean time between faults.
    pub(super) every: Option<Duration>,
    /// The percentage of notifications that are lost.
    pub(super) lost: u32,
    /// The greatest drift of a clock, in thousandths.
    pub(super) drift: i32,
}

impl Faults {
    pub(crate) const ALL: Self = Self {
        every: Some(Duration::from_millis(1500)),
        lost: 20,
        drift: 20,
    };
    pub(crate) const NONE: Self = Self {
        every: None,
        lost: 0,
        drift: 20,
    };
}
