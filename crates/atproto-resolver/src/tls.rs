//! The settings of TLS.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Returns the settings of a client that trusts the certificates that the operating system trusts.
pub(crate) fn config() -> Result<ClientConfig, rustls::Error> {
    // Handed to this client alone: the process-wide default is the program's to choose.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(tls)
}
