//! How many keys an account may have.

use std::num::NonZeroU32;

/// How many keys an account may have. The operator's command line is exempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// How many active keys. `None` if there is no limit.
    pub max_active: Option<NonZeroU32>,
    /// How many keys in all. At that number, the oldest key that is expired or revoked is removed
    /// for a new one. `None` if there is no limit.
    pub max_keys: Option<NonZeroU32>,
}

/// How many keys an account has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyCounts {
    /// Active keys that no other key replaces.
    pub active: u32,
    /// Active keys in the grace period of their rotation.
    pub replaced: u32,
    /// All keys.
    pub all: u32,
}

impl Quota {
    /// Returns whether there is no limit.
    pub fn is_unlimited(self) -> bool {
        self == Self::default()
    }

    /// Returns the limit that one more active key would exceed.
    pub(crate) fn exceeded_by_new(self, counts: KeyCounts) -> Option<NonZeroU32> {
        self.max_active.filter(|max| counts.active >= max.get())
    }

    /// Returns the limit that one more key in its grace period would exceed: as many as there may be active
    /// keys.
    pub(crate) fn exceeded_by_replaced(self, counts: KeyCounts) -> Option<NonZeroU32> {
        self.max_active.filter(|max| counts.replaced >= max.get())
    }

    /// Returns whether a key has to be removed before one is added.
    pub(crate) fn is_full(self, counts: KeyCounts) -> bool {
        self.max_keys.is_some_and(|max| counts.all >= max.get())
    }
}
