//! How keys are checked for other services.

use cocore_keys::{Access, Scopes};

use crate::allowed::Allowed;

/// Stands for the scopes of a key that has none.
const EVERY_SCOPE: &str = "*";

/// The operator's settings for `/auth/verify` and `/auth/introspect`.
#[derive(Clone, Debug, Default)]
pub struct VerifySettings {
    /// Whether `/auth/verify` reads the key from `X-Api-Key` alone, since the proxy needs `Authorization` for itself.
    pub reads_api_key_header: bool,
    /// The accounts that may introspect keys of other accounts.
    pub resource_servers: Allowed,
}

impl VerifySettings {
    /// Returns whether an account may introspect a key of another one.
    pub fn may_introspect(&self, caller: &str, owner: &str) -> bool {
        caller == owner || self.resource_servers.includes(caller)
    }
}

/// The scopes of a key as other services get them: with spaces between them, or `*`.
pub(super) fn scopes_text(access: &Access) -> &str {
    access.scopes().map_or(EVERY_SCOPE, Scopes::as_str)
}
