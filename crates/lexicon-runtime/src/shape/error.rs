//! What reading a type reports.

use std::fmt::Display;

use thiserror::Error;

/// A value that has not the shape of a type.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ShapeError(String);

impl ShapeError {
    pub(crate) fn expected(what: impl Display) -> Self {
        Self(format!("expected {what}"))
    }

    pub(crate) fn of(error: impl Display) -> Self {
        Self(error.to_string())
    }

    /// The error of a closed union that does not list a type.
    pub fn not_in_union() -> Self {
        Self::expected("a type of this closed union")
    }

    /// The same, below a member.
    pub(super) fn at(self, name: &str) -> Self {
        Self(format!("{name}: {}", self.0))
    }
}
