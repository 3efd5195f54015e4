//! A live key in the set, as small as possible: there may be millions.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use lexicon_runtime::Did;

use super::fingerprint::Fingerprint;
use crate::access::Limits;
use crate::id::KeyId;

pub(super) struct LiveKey {
    pub(super) fingerprint: Fingerprint,
    pub(super) id: KeyId,
    pub(super) created_at: Millis,
    pub(super) expires_at: Millis,
    /// Shared by all keys of the account.
    pub(super) did: Arc<Did>,
    /// Shared by all keys that have the same. `None` if the key may do everything.
    pub(super) limits: Option<Arc<Limits>>,
    pub(super) last_use: LastUse,
}

// docs/performance.md states this size.
const _: () = assert!(size_of::<LiveKey>() == 72);

/// A time in milliseconds since 1970 in six bytes, enough until the year 10889. The highest value means
/// never.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Millis([u8; 6]);

/// The time of a key's last use in milliseconds, and in the lowest bit, whether the key is in the list of
/// used keys.
pub(super) struct LastUse(AtomicI64);

impl LiveKey {
    /// Returns whether the key is expired at `now`.
    pub(super) fn is_expired(&self, now: i64) -> bool {
        self.expires_at != Millis::NEVER && self.expires_at.get() <= now
    }
}

impl Millis {
    /// Later than any time.
    pub(super) const NEVER: Self = Self([u8::MAX; 6]);

    pub(super) fn new(millis: i64) -> Self {
        let [bytes @ .., 0, 0] = millis.max(0).to_le_bytes() else {
            return Self::NEVER;
        };
        Self(bytes)
    }

    pub(super) fn get(self) -> i64 {
        let [a, b, c, d, e, f] = self.0;
        i64::from_le_bytes([a, b, c, d, e, f, 0, 0])
    }
}

impl LastUse {
    const NONE: i64 = -1;

    /// Wraps the time of a last use that is written to the store.
    pub(super) fn new(at: Option<i64>) -> Self {
        Self(AtomicI64::new(at.unwrap_or(Self::NONE) << 1))
    }

    /// Records a use, unless a later one is recorded. Returns true if the key has to be put into the list
    /// of used keys.
    pub(super) fn record(&self, at: i64) -> bool {
        let recorded = at << 1 | 1;
        let before = self.0.fetch_max(recorded, Ordering::SeqCst);
        before < recorded && before & 1 == 0
    }

    pub(super) fn get(&self) -> Option<i64> {
        let at = self.0.load(Ordering::SeqCst) >> 1;
        (at != Self::NONE).then_some(at)
    }

    /// Returns the last use if the key is in the list of used keys, and marks it as out of the list.
    pub(super) fn take(&self) -> Option<i64> {
        let recorded = self.0.fetch_and(!1, Ordering::SeqCst);
        (recorded & 1 == 1).then_some(recorded >> 1)
    }
}
