//! What identifies a key in the set.

use crate::secret::Digest;

/// The first 20 of the 32 bytes of a digest. To match one of a million keys by another secret takes 2^140 attempts; and
/// nobody can look for two secrets that match each other, since the server alone chooses secrets. The twelve bytes saved
/// make room for the pointers to the account and to the limits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint([u8; 20]);

impl Fingerprint {
    pub(super) fn of(digest: &Digest) -> Self {
        let [bytes @ .., _, _, _, _, _, _, _, _, _, _, _, _] = *digest.as_bytes();
        Self(bytes)
    }

    /// Returns a hash for an index: a digest is as random as any hash of it.
    pub(super) fn hash(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    /// Returns which of `shards` shards holds the key. It depends on other bits than the hash.
    pub(super) fn shard(&self, shards: usize) -> usize {
        let [.., last] = self.0;
        usize::from(last) % shards
    }
}
