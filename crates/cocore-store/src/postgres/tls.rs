//! TLS to PostgreSQL, by the options `sslmode` and `sslrootcert` of the URL.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What is verified of the server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verification {
    /// Nothing: only who reads along passively is kept out.
    None,
    /// That it is signed by one of these.
    Issuer(Roots),
    /// That, and the host name.
    IssuerAndName(Roots),
}

/// The certificates that are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// Those of the operating system.
    System,
    /// Those of a PEM file.
    File(PathBuf),
}

impl Verification {
    /// Parses the options. Returns `None` for an unknown `sslmode`.
    pub(super) fn parse(mode: &str, root: Option<&str>) -> Option<(SslMode, Self)> {
        let roots = match root {
            None | Some("system") => Roots::System,
            Some(file) => Roots::File(file.into()),
        };
        Some(match mode {
            "disable" => (SslMode::Disable, Self::None),
            "prefer" => (SslMode::Prefer, Self::None),
            // As in libpq.
            "require" if root.is_some() => (SslMode::Require, Self::Issuer(roots)),
            "require" => (SslMode::Require, Self::None),
            "verify-ca" => (SslMode::Require, Self::Issuer(roots)),
            "verify-full" => (SslMode::Require, Self::IssuerAndName(roots)),
            _ => return None,
        })
    }

    /// Returns what makes connections. The file is read now: a renewed one is read by the next connection.
    ///
    /// # Errors
    /// The trusted certificates cannot be read.
    pub(super) fn connector(&self) -> io::Result<MakeRustlsConnect> {
        let provider = Arc::new(ring::default_provider());
        let verifier = match self {
            Self::None => Verifier::trusting(Vec::new(), None, &provider),
            Self::Issuer(roots) | Self::IssuerAndName(roots) => {
                let (trusted, chain) = roots.read(&provider)?;
                Verifier::trusting(trusted, Some(chain), &provider)
            }
        };
        let verifier = Verifier {
            checks_name: matches!(self, Self::IssuerAndName(_)),
            ..verifier
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

/// Verifies the chain of a certificate.
type Chain = Arc<dyn ServerCertVerifier>;

impl Roots {
    /// Returns the certificates of the file, and what verifies a chain up to one that is trusted.
    fn read(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> io::Result<(Vec<CertificateDer<'static>>, Chain)> {
        match self {
            Self::System => {
                let system = rustls_platform_verifier::Verifier::new(provider.clone());
                Ok((Vec::new(), Arc::new(system.map_err(io::Error::other)?)))
            }
            Self::File(file) => {
                let failed = |error: &dyn std::fmt::Display| {
                    io::Error::other(format!("sslrootcert: {}: {error}", file.display()))
                };
                let trusted = certificates(file).map_err(|error| failed(&error))?;
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(trusted.iter().cloned());
                let chain =
                    WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone())
                        .build()
                        .map_err(|error| failed(&error))?;
                Ok((trusted, chain))
            }
        }
    }
}

fn certificates(
    file: &Path,
) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_file_iter(file)?.collect()
}

/// Verifies the certificate of the server.
#[derive(Debug)]
struct Verifier {
    /// `None` accepts every certificate.
    chain: Option<Chain>,
    /// Certificates that are trusted as they are: one that a server signed for itself is no one's but its own.
    trusted: Vec<CertificateDer<'static>>,
    checks_name: bool,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn trusting(
        trusted: Vec<CertificateDer<'static>>,
        chain: Option<Chain>,
        provider: &Arc<CryptoProvider>,
    ) -> Self {
        Self {
            chain,
            trusted,
            checks_name: false,
            provider: provider.clone(),
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let accepted = Ok(ServerCertVerified::assertion());
        let Some(chain) = &self.chain else {
            return accepted;
        };
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The chain is verified before the name.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.checks_name => accepted,
            // It is the certificate of an authority, or it is signed by no other certificate. It is not expired,
            // which is verified first.
            Err(Error::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::Other(_),
            )) if self.trusted.contains(end_entity) => {
                if self.checks_name {
                    verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                }
                accepted
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let known = &self.provider.signature_verification_algorithms;
        known.supported_schemes()
    }
}
