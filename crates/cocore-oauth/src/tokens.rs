//! The tokens of a session, as JSON for encrypted storage.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::json;

/// The tokens with which this server acts for an account at its host, and the key to which they are bound. They are
/// secret: their debug output is empty.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionTokens {
    /// The identifier of this client to which they were issued. That of a development server has its port.
    pub(crate) client_id: String,
    /// The issuer.
    pub(crate) issuer: String,
    /// The origin of the data server for which they are.
    pub(crate) pds: String,
    /// The secret JWK.
    pub(crate) key: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) scope: String,
    /// When they were issued, in seconds since 1970.
    pub(crate) issued_at: u64,
    /// When the access token expires, in seconds since 1970.
    pub(crate) expires_at: u64,
}

impl SessionTokens {
    /// Reads what [`to_json`](Self::to_json) wrote. `None` for any other text.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Returns the tokens as JSON, for encrypted storage.
    #[must_use]
    pub fn to_json(&self) -> String {
        json!(self).to_string()
    }

    /// Returns what the person granted: scopes with a space between each two.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }
}

impl fmt::Debug for SessionTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionTokens(..)")
    }
}
