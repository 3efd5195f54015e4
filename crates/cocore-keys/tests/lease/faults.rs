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
    /// A fault of the servers, which the simulation has to find.
    pub(super) planted: Option<Planted>,
}

/// A fault that a server could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Planted {
    /// It takes in removals of other servers, and nothing else.
    IgnoresStates,
    /// It takes in its own changes in the wrong order.
    ReversesOwnChanges,
    /// It skips some changes of other servers.
    SkipsEpochs,
}

impl Faults {
    pub(crate) const ALL: Self = Self {
        every: Some(Duration::from_millis(1500)),
        lost: 20,
        drift: 20,
        planted: None,
    };
    pub(crate) const NONE: Self = Self {
        every: None,
        lost: 0,
        drift: 20,
        planted: None,
    };

    /// Adds a fault of the servers.
    pub(crate) fn with(self, planted: Planted) -> Self {
        let planted = Some(planted);
        Self { planted, ..self }
    }
}
