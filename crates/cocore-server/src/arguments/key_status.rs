//! The state of a key, as an argument.

use clap::ValueEnum;

/// The state of the keys that are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatusFilter {
    /// They authenticate requests
    Active,
    /// They are expired, and were not revoked
    Expired,
    /// They were revoked
    Revoked,
}

impl StatusFilter {
    /// Returns the value of `status` in the methods.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}
