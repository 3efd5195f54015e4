//! The state of a key, as an argument.

use clap::ValueEnum;
use cocore_keys::KeyStatus;

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

impl From<StatusFilter> for KeyStatus {
    fn from(filter: StatusFilter) -> Self {
        match filter {
            StatusFilter::Active => Self::Active,
            StatusFilter::Expired => Self::Expired,
            StatusFilter::Revoked => Self::Revoked,
        }
    }
}
