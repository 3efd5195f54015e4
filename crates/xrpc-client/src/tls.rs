//! The HTTP client for callers that have none of their own.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::error::BoxError;

/// A client that follows no redirects, and trusts the certificates that the operating system trusts.
pub(crate) fn http_client(connect_timeout: Duration) -> Result<reqwest::Client, BoxError> {
    // Handed to this client alone: the process-wide default is the program's to choose.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .connect_timeout(connect_timeout)
        .build()?;
    Ok(client)
}
