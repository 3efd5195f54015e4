//! A sign-in that has begun, as JSON in the store.

use atproto_resolver::Did;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A sign-in that has begun.
#[derive(Serialize, Deserialize)]
pub(crate) struct PendingSignIn {
    pub(crate) issuer: String,
    did: String,
    /// The secret JWK to which the tokens will be bound.
    pub(crate) key: String,
    /// The PKCE verifier.
    pub(crate) verifier: String,
    /// Whether it is a connection, whose tokens are kept.
    #[serde(default)]
    pub(crate) is_connection: bool,
    /// In seconds since 1970.
    #[serde(rename = "ends")]
    pub(crate) expires_at: u64,
}

impl PendingSignIn {
    pub(crate) fn new(
        issuer: String,
        did: &Did,
        key: String,
        verifier: String,
        is_connection: bool,
        expires_at: u64,
    ) -> Self {
        Self {
            issuer,
            did: did.to_string(),
            key,
            verifier,
            is_connection,
            expires_at,
        }
    }

    /// The account. `None` if the entry was not written by this crate.
    pub(crate) fn did(&self) -> Option<Did> {
        Did::parse(&self.did).ok()
    }

    pub(crate) fn to_json(&self) -> String {
        json!(self).to_string()
    }
}
