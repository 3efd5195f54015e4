//! Verification of service-auth tokens.

use std::net::IpAddr;
use std::time::Duration;

use atproto_resolver::{Did, PublicKey};

use crate::error::ServiceAuthError;
use crate::key_resolver::{KeyResolver, LookupCounts};
use crate::token::Token;

/// How far the clocks of two servers may differ, in seconds.
const SKEW: f64 = 30.0;

/// What a token has to claim.
#[derive(Clone, Debug)]
pub struct Policy {
    /// This server's DID.
    pub audience: Did,
    /// How far ahead a token may expire.
    pub max_lifetime: Duration,
}

/// What a token is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The NSID of the method.
    pub method: &'a str,
    /// The fragment of the service to which the method belongs, such as `cocore_account`. `None` if it
    /// belongs to no service of the DID document.
    pub service: Option<&'a str>,
}

/// Verifies tokens for this server.
#[derive(Debug)]
pub struct ServiceAuth {
    policy: Policy,
    keys: KeyResolver,
}

/// The account that signed a token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// The DID.
    pub did: Did,
    /// The token's id, which the caller must not accept twice.
    pub token_id: String,
    /// The time until which the id has to be remembered, in seconds since 1970.
    pub remember_until: i64,
}

impl ServiceAuth {
    /// Creates a verifier that finds the keys of issuers with `keys`.
    pub fn new(policy: Policy, keys: KeyResolver) -> Self {
        Self { policy, keys }
    }

    /// Returns how many look-ups of issuers were made.
    pub fn lookup_counts(&self) -> LookupCounts {
        self.keys.lookup_counts()
    }

    /// Verifies a token that a client sent for a target, at `now` in seconds since 1970. A look-up of its issuer
    /// counts as one of the client. Issuers for which `admits` is false are rejected without a look-up. The
    /// caller has to reject an id that was used before.
    ///
    /// # Errors
    /// The first defect that is found. The checks that need no look-up come first.
    pub async fn verify(
        &self,
        text: &str,
        target: Target<'_>,
        client: Option<IpAddr>,
        now: f64,
        admits: impl Fn(&Did) -> bool,
    ) -> Result<Caller, ServiceAuthError> {
        let token = Token::parse(text)?;
        self.check_claims(&token, target, now)?;
        let did = &token.issuer;
        if !admits(did) {
            return Err(ServiceAuthError::Forbidden);
        }
        let found = self.keys.signing_key(did, client).await?;
        let signed = |key: &PublicKey| {
            key.curve() == token.curve && key.verify(token.message, &token.signature)
        };
        if !signed(&found.key) {
            // The issuer may have a new key, unless this one was looked up just now.
            let fresh = if found.is_new {
                None
            } else {
                self.keys.refreshed_signing_key(did, &found, client).await?
            };
            if !fresh.as_ref().is_some_and(signed) {
                let curve = fresh.unwrap_or(found.key).curve();
                return Err(if curve == token.curve {
                    let text = "the issuer's key did not sign this token";
                    ServiceAuthError::BadSignature(text.into())
                } else {
                    let text = "`alg`: expected the algorithm of the issuer's key";
                    ServiceAuthError::BadJwt(text.into())
                });
            }
        }
        Ok(Caller {
            did: token.issuer,
            token_id: token.id,
            // The conversion saturates, and `max_lifetime` bounds the value.
            remember_until: (token.expires + SKEW) as i64 + 1,
        })
    }

    fn check_claims(
        &self,
        token: &Token<'_>,
        target: Target<'_>,
        now: f64,
    ) -> Result<(), ServiceAuthError> {
        let Policy {
            audience,
            max_lifetime,
        } = &self.policy;
        let is_own = token.audience.as_deref().is_some_and(|claimed| {
            let (did, service) = match claimed.split_once('#') {
                Some((did, service)) => (did, Some(service)),
                None => (claimed, None),
            };
            Did::parse(did).as_ref() == Ok(audience)
                && (service.is_none() || service == target.service)
        });
        if !is_own {
            return Err(ServiceAuthError::BadAudience);
        }
        if token.method.as_deref() != Some(target.method) {
            return Err(ServiceAuthError::BadLexicon);
        }
        if token.expires <= now {
            return Err(ServiceAuthError::Expired);
        }
        if token.expires > now + max_lifetime.as_secs_f64() + SKEW {
            let seconds = max_lifetime.as_secs();
            let why = format!("`exp`: expected a time at most {seconds} seconds ahead");
            return Err(ServiceAuthError::BadJwt(why.into()));
        }
        for (name, time) in [("nbf", token.not_before), ("iat", Some(token.issued))] {
            if time.is_some_and(|time| time > now + SKEW) {
                let why = format!("`{name}`: expected a time that is not in the future");
                return Err(ServiceAuthError::BadJwt(why.into()));
            }
        }
        Ok(())
    }
}
