//! Which faults a run of the model has.

use std::time::Duration;

/// What may go wrong.
#[derive(Clone, Copy)]
pub(crate) struct Faults {
    /// How often, in mean, something does.
    pub(super) every: Option<Duration>,
    /// Of a hundred words to the others, how many are lost.
    pub(super) lost: u32,
    /// By how much clocks go wrong, at most, in thousandths.
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
