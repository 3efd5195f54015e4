//! The authenticated caller.

use std::sync::Arc;

use cocore_keys::{CallerCredential, Grant, KeyId, VerifiedKey};
use lexicon_runtime::Did;

/// The account on whose behalf a method runs, and how it was authenticated.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Its DID, which the set of live keys shares with requests.
    pub did: Arc<Did>,
    /// How it was authenticated.
    pub credential: CallerCredential,
}

impl Principal {
    /// An account that called without a key.
    pub fn new(did: impl Into<Arc<Did>>, credential: CallerCredential) -> Self {
        let did = did.into();
        Self { did, credential }
    }

    /// Returns whether it may use a model: a key may be limited to some.
    pub fn may_use_model(&self, name: &str) -> bool {
        match &self.credential {
            CallerCredential::ApiKey { grant, .. } => {
                let models = grant.access.models();
                models.is_none_or(|models| models.includes(name))
            }
            CallerCredential::Session
            | CallerCredential::ServiceAuth
            | CallerCredential::Operator => true,
        }
    }

    /// Returns the id of the key that it called with, if it called with a key.
    pub fn key_id(&self) -> Option<KeyId> {
        match &self.credential {
            CallerCredential::ApiKey { id, .. } => Some(*id),
            CallerCredential::Session
            | CallerCredential::ServiceAuth
            | CallerCredential::Operator => None,
        }
    }
}

impl From<VerifiedKey> for Principal {
    fn from(key: VerifiedKey) -> Self {
        let grant = Grant {
            access: key.access,
            expires_at: key.expires_at,
        };
        Self {
            did: key.did,
            credential: CallerCredential::ApiKey {
                id: key.key_id,
                grant,
            },
        }
    }
}
