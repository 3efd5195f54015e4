//! TLS to upstreams.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Trusts the certificates that the operating system trusts.
///
/// # Errors
/// The certificates of the system cannot be read.
pub(crate) fn client_config() -> Result<ClientConfig, rustls::Error> {
    // Handed to these connections alone: the process-wide default is the program's to choose.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    Ok(config)
}
