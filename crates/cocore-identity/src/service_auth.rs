//! Telling who calls from a service-auth token.

use std::time::{Duration, Instant};

use lexicon_runtime::Did;

use crate::refusal::Refusal;
use crate::resolver::Resolver;
use crate::token::Token;

/// How far clocks may be apart, in seconds.
const SKEW: f64 = 30.0;

/// What tokens are held to.
#[derive(Clone, Debug)]
pub struct Policy {
    /// This service's DID.
    pub audience: String,
    /// The fragments of its own services: `cocore_account`.
    pub services: Vec<&'static str>,
    /// How far ahead a token may end.
    pub longest_life: Duration,
}

/// Tells who signed tokens for this service.
#[derive(Debug)]
pub struct ServiceAuth {
    policy: Policy,
    resolver: Resolver,
}

/// Who signed a token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caller {
    /// The account.
    pub did: Did,
    /// The token's own id, which must not be accepted twice.
    pub token_id: Option<String>,
    /// Until when that id has to be remembered, in seconds since 1970.
    pub remember_until: i64,
}

impl ServiceAuth {
    /// Tokens under `policy`, issuers by `resolver`.
    pub fn new(policy: Policy, resolver: Resolver) -> Self {
        Self { policy, resolver }
    }

    /// Tells who signed a token for a method, at `now` in seconds since 1970. Whether its id was seen
    /// before is the caller's to tell. Issuers that `admits` does not admit are not looked up.
    ///
    /// # Errors
    /// What is wrong with it, the cheap checks first.
    pub async fn verify(
        &self,
        text: &str,
        method: &str,
        now: f64,
        admits: impl Fn(&Did) -> bool,
    ) -> Result<Caller, Refusal> {
        let token = Token::parse(text)?;
        self.check_claims(&token, method, now)?;
        let did = &token.issuer;
        if !admits(did) {
            return Err(Refusal::Forbidden);
        }
        let begin = Instant::now();
        let (key, as_of) = self.resolver.signing_key(did).await?;
        let signed = |key: &crate::PublicKey| {
            key.algorithm() == token.algorithm && key.verify(token.message, &token.signature)
        };
        if !signed(&key) {
            // The issuer may have a new key, unless this one was asked for just now.
            let fresh = match as_of < begin {
                true => self.resolver.fresh_signing_key(did, &key).await,
                false => None,
            };
            if !fresh.as_ref().is_some_and(signed) {
                let algorithm = fresh.unwrap_or(key).algorithm();
                return Err(match algorithm == token.algorithm {
                    true => Refusal::Signature("the issuer's key did not sign this".into()),
                    false => Refusal::Jwt("`alg`: the issuer's key is of another kind".into()),
                });
            }
        }
        Ok(Caller {
            did: token.issuer,
            token_id: token.id,
            // Saturates, and the life is bounded above.
            remember_until: (token.expires + SKEW) as i64 + 1,
        })
    }

    fn check_claims(&self, token: &Token<'_>, method: &str, now: f64) -> Result<(), Refusal> {
        let Policy {
            audience,
            services,
            longest_life,
        } = &self.policy;
        let ours = token.audience.as_deref().is_some_and(|claimed| {
            let fragment = claimed.strip_prefix(&audience[..]);
            fragment.is_some_and(|rest| {
                let service = rest.strip_prefix('#');
                rest.is_empty() || service.is_some_and(|name| services.contains(&name))
            })
        });
        if !ours {
            return Err(Refusal::Audience);
        }
        if token.method.as_deref() != Some(method) {
            return Err(Refusal::Lexicon);
        }
        if token.expires <= now {
            return Err(Refusal::Expired);
        }
        if token.expires > now + longest_life.as_secs_f64() + SKEW {
            let longest = longest_life.as_secs();
            let why = format!("`exp`: expected a time at most {longest} seconds ahead");
            return Err(Refusal::Jwt(why.into()));
        }
        for (name, time) in [("nbf", token.not_before), ("iat", token.issued)] {
            if time.is_some_and(|time| time > now + SKEW) {
                let why = format!("`{name}`: it is ahead of this service's clock");
                return Err(Refusal::Jwt(why.into()));
            }
        }
        Ok(())
    }
}
