//! The authenticated caller.

use std::sync::Arc;

use cocore_keys::{KeyId, VerifiedKey};
use lexicon_runtime::Did;

/// The account on whose behalf a method runs.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Its DID, which the set of live keys shares with requests.
    pub did: Arc<Did>,
    /// The id of the key that it called with, if it called with a key.
    pub key_id: Option<KeyId>,
}

impl Principal {
    /// An account that called without a key.
    pub fn without_key(did: impl Into<Arc<Did>>) -> Self {
        let did = did.into();
        Self { did, key_id: None }
    }
}

impl From<&VerifiedKey> for Principal {
    fn from(key: &VerifiedKey) -> Self {
        Self {
            did: key.did.clone(),
            key_id: Some(key.key_id),
        }
    }
}
