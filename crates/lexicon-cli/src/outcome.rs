//! What a command came to.

use std::process::ExitCode;

/// The result of a command that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// There is nothing to report. The exit code is 0.
    Clean,
    /// The command found what it looks for, and printed it. The exit code is 1.
    Findings,
}

impl Outcome {
    /// The exit code of a command that could not do its work: 2.
    pub const ERROR: u8 = 2;

    pub(crate) fn clean_if(clean: bool) -> Self {
        if clean { Self::Clean } else { Self::Findings }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Clean => Self::SUCCESS,
            Outcome::Findings => Self::from(1),
        }
    }
}
