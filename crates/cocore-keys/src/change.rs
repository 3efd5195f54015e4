//! Changes of keys, as the set of live keys takes them in.

use crate::key::ActiveKey;
use crate::secret::Digest;

/// A change of a key. A digest is created once, and never again after its removal.
#[derive(Clone, Debug)]
pub enum Change {
    /// The key was created, or what it may do or its expiry was changed: this is its state.
    Set(ActiveKey),
    /// The key with this digest was revoked or deleted.
    Removed(Digest),
}

impl Change {
    /// Returns the digest of the key that changed.
    pub fn digest(&self) -> &Digest {
        match self {
            Self::Set(key) => &key.digest,
            Self::Removed(digest) => digest,
        }
    }
}
