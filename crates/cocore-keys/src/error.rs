//! The error of the store and of the source of randomness.

use thiserror::Error;

/// The store is unavailable. The message is for the log: it contains no value of a row.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// The operation failed now. It may succeed later.
    #[error("{0}")]
    Unavailable(String),
    /// The schema is that of a newer version of this program. No retry helps.
    #[error("{0}")]
    NewerSchema(String),
}

impl StoreError {
    /// Creates an error that a retry may mend.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::Unavailable(message.into())
    }

    /// Returns whether the schema is that of a newer version of this program.
    pub fn is_newer_schema(&self) -> bool {
        matches!(self, Self::NewerSchema(_))
    }
}
