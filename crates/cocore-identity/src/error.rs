//! Errors of service-auth tokens.

use std::borrow::Cow;

/// Why a service-auth token is rejected. The text names the place and what was expected there, and quotes
/// nothing of the token but names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceAuthError {
    /// The token cannot be read, or its header or its times are not allowed.
    #[error("{0}")]
    BadJwt(Cow<'static, str>),
    /// The issuer is missing, or has no DID document or signing key.
    #[error("{0}")]
    BadIssuer(Cow<'static, str>),
    /// The token is for another service.
    #[error(
        "`aud`: expected this server's DID, alone or with the fragment of the method's service"
    )]
    BadAudience,
    /// The token is for another method.
    #[error("`lxm`: expected the NSID of the method that is called")]
    BadLexicon,
    /// The token has expired.
    #[error("`exp`: the token has expired")]
    Expired,
    /// The issuer's key did not sign the token.
    #[error("{0}")]
    BadSignature(Cow<'static, str>),
    /// The issuer may not use this service.
    #[error("this server does not serve this account")]
    Forbidden,
    /// The check failed: the PLC directory does not answer, or too many issuers are being looked up.
    #[error("{0}")]
    Unavailable(Cow<'static, str>),
}

impl ServiceAuthError {
    /// The name of the error in an XRPC response.
    pub fn name(&self) -> &'static str {
        match self {
            Self::BadJwt(_) => "BadJwt",
            Self::BadIssuer(_) => "BadJwtIssuer",
            Self::BadAudience => "BadJwtAudience",
            Self::BadLexicon => "BadJwtLexicon",
            Self::Expired => "JwtExpired",
            Self::BadSignature(_) => "BadJwtSignature",
            Self::Forbidden => "Forbidden",
            Self::Unavailable(_) => "ServiceUnavailable",
        }
    }
}
