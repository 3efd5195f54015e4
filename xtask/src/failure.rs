//! Why a step failed.

/// The reason, for the person at the terminal. The exit code is 2.
pub(crate) type Failure = String;
