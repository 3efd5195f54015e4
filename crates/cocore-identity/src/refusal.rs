//! Why a token does not prove who calls.

use std::borrow::Cow;
use std::fmt;

/// Why a token is refused. The text says what was expected, and echoes nothing of the token but
/// names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It cannot be read, or its header or times are not what is allowed.
    Jwt(Cow<'static, str>),
    /// Its issuer is none, or has no document or key.
    Issuer(Cow<'static, str>),
    /// It is for another service.
    Audience,
    /// It is for another method.
    Lexicon,
    /// Its time is over.
    Expired,
    /// It was not signed by the issuer's key.
    Signature(Cow<'static, str>),
    /// Its issuer may not use this service.
    Forbidden,
    /// Nobody can tell now: the PLC directory does not answer, or there is too much to look up.
    Unavailable(Cow<'static, str>),
}

impl Refusal {
    /// The name of the error in an answer.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Jwt(_) => "BadJwt",
            Self::Issuer(_) => "BadJwtIssuer",
            Self::Audience => "BadJwtAudience",
            Self::Lexicon => "BadJwtLexicon",
            Self::Expired => "JwtExpired",
            Self::Signature(_) => "BadJwtSignature",
            Self::Forbidden => "Forbidden",
            Self::Unavailable(_) => "ServiceUnavailable",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jwt(why) | Self::Issuer(why) | Self::Signature(why) | Self::Unavailable(why) => {
                why
            }
            Self::Forbidden => "this server does not serve this account",
            Self::Audience => "`aud`: expected this service's DID",
            Self::Lexicon => "`lxm`: expected the NSID of the method that is called",
            Self::Expired => "`exp`: the token's time is over",
        })
    }
}

impl std::error::Error for Refusal {}
