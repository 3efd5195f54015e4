//! Settings.

use crate::key::SigningKey;

/// How this server appears to issuers.
#[derive(Debug)]
pub struct Settings {
    /// The server's public origin: `https://...`, or `http://127.0.0.1:PORT` for development.
    pub origin: String,
    /// The key by which issuers identify this server. An https origin needs one.
    pub signing_key: Option<SigningKey>,
    /// What connections ask for: scopes with a space between each two, `atproto` the first of them. `None` if there are
    /// no connections: this client then asks for nothing but sign-ins.
    pub connection_scope: Option<String>,
}

/// A setting that cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The origin is not a URL.
    #[error("The origin is not a URL.")]
    NotUrl,
    /// The origin has a path, a query, a fragment or a user.
    #[error("The origin must have only a scheme, a host and a port.")]
    NotOrigin,
    /// Issuers accept no client with this origin.
    #[error("The origin must be https://HOST, or http://127.0.0.1:PORT.")]
    UnsupportedOrigin,
    /// The origin is https, and there is no signing key.
    #[error("An https origin needs a signing key.")]
    NoSigningKey,
}
