//! A live key, as small as it gets: there may be millions.

use std::sync::atomic::{AtomicI64, Ordering};

use uuid::Uuid;

use crate::secret::Digest;

pub(super) struct LiveKey {
    pub(super) digest: Digest,
    pub(super) id: Uuid,
    pub(super) created_at: Millis,
    pub(super) expires_at: Millis,
    /// Its place among the accounts.
    pub(super) account: u32,
    pub(super) last_use: LastUse,
}

/// A time in milliseconds since 1970 in six bytes, which last to the year 10889. One beyond is the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Millis([u8; 6]);

/// When a key was last used, in milliseconds, and in the lowest bit, whether it stands among the keys
/// whose uses are to be taken.
pub(super) struct LastUse(AtomicI64);

impl LiveKey {
    /// Whether its expiry has come.
    pub(super) fn is_over(&self, now: i64) -> bool {
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

    /// One that is written.
    pub(super) fn new(at: Option<i64>) -> Self {
        Self(AtomicI64::new(at.unwrap_or(Self::NONE) << 1))
    }

    /// Notes a use, unless a later one is noted: whether it is the first that is to be taken.
    pub(super) fn note(&self, at: i64) -> bool {
        let noted = at << 1 | 1;
        let before = self.0.fetch_max(noted, Ordering::SeqCst);
        before < noted && before & 1 == 0
    }

    pub(super) fn get(&self) -> Option<i64> {
        let at = self.0.load(Ordering::SeqCst) >> 1;
        (at != Self::NONE).then_some(at)
    }

    /// The last use, if it is to be taken, which it now is.
    pub(super) fn take(&self) -> Option<i64> {
        let noted = self.0.fetch_and(!1, Ordering::SeqCst);
        (noted & 1 == 1).then_some(noted >> 1)
    }
}
