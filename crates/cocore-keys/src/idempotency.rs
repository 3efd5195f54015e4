//! Repeated requests that create a key: the same request is answered in the same way, and creates one key.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::key::Key;
use crate::secret::Secret;

/// How long an answer is kept.
pub const ANSWER_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// Encrypts the answer that creates a key, so that only the same request can read it.
pub type Seal = dyn Fn(&Key, &Secret) -> Vec<u8> + Send + Sync;

/// A request that may be repeated.
#[derive(Clone)]
pub struct Repeatable {
    /// The hash of account, credential, method and `Idempotency-Key`.
    pub request: [u8; 32],
    /// The hash of the body.
    pub body: [u8; 32],
    /// Encrypts the answer.
    pub seal: Arc<Seal>,
}

/// The answer to a request, as it is stored. The table has no key with which it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The hash of account, credential, method and `Idempotency-Key`.
    pub request: [u8; 32],
    /// The hash of the body.
    pub body: [u8; 32],
    /// The encrypted answer.
    pub sealed: Vec<u8>,
    /// The id of the key that it created. The answer is removed when the key is revoked, replaced or deleted.
    pub key_id: String,
    /// When it is removed.
    pub expires_at: DateTime<Utc>,
}
