//! Service-auth tokens: their form, their header, and the types of their claims.

use atproto_resolver::{Curve, Did};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::error::ServiceAuthError;

/// The longest token, in bytes. Real ones have some 400.
const MAX_TOKEN: usize = 4096;
/// The longest token id, in bytes.
const MAX_ID: usize = 256;
/// The types of tokens that are never service auth. Any other is accepted, since the specification announces a
/// new one.
const OTHER_KINDS: [&str; 3] = ["at+jwt", "refresh+jwt", "dpop+jwt"];
/// The key of a DID document that signs tokens.
const SIGNING_KEY: &str = "#atproto";

type Members = Map<String, Value>;

/// A token that has the right form. Its signature and its claims are not verified.
#[derive(Debug)]
pub(crate) struct Token<'t> {
    /// The curve of its signature, which the algorithm names.
    pub(crate) curve: Curve,
    pub(crate) issuer: Did,
    pub(crate) audience: Option<String>,
    pub(crate) method: Option<String>,
    /// The three times, in seconds since 1970.
    pub(crate) expires: f64,
    pub(crate) not_before: Option<f64>,
    pub(crate) issued: f64,
    /// Not empty, at most [`MAX_ID`] bytes.
    pub(crate) id: String,
    /// The header and the claims as they were signed.
    pub(crate) message: &'t [u8],
    pub(crate) signature: [u8; 64],
}

impl<'t> Token<'t> {
    pub(crate) fn parse(text: &'t str) -> Result<Self, ServiceAuthError> {
        if text.len() > MAX_TOKEN {
            return Err(bad("expected a token of at most 4096 bytes"));
        }
        let unreadable = || bad("expected three parts in base64url, two of them JSON objects");
        let (message, signature) = text.rsplit_once('.').ok_or_else(unreadable)?;
        let (header, claims) = message.split_once('.').ok_or_else(unreadable)?;
        let header = object(header).ok_or_else(unreadable)?;
        let claims = object(claims).ok_or_else(unreadable)?;
        let curve = check_header(&header)?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        let signature = signature.ok_or(ServiceAuthError::BadSignature(
            "expected the 64 bytes of r and s in base64url".into(),
        ))?;
        let id = claims.get("jti").and_then(Value::as_str);
        let id = id.filter(|id| (1..=MAX_ID).contains(&id.len()));
        let id = id.ok_or_else(|| bad("`jti`: expected a string of 1 to 256 bytes"))?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            curve,
            issuer: issuer(&claims)?,
            audience: text("aud"),
            method: text("lxm"),
            expires: required_time(&claims, "exp")?,
            not_before: time(&claims, "nbf")?,
            issued: required_time(&claims, "iat")?,
            id: id.to_owned(),
            message: message.as_bytes(),
            signature,
        })
    }
}

fn check_header(header: &Members) -> Result<Curve, ServiceAuthError> {
    if header.contains_key("crit") {
        return Err(bad("`crit`: no extension is supported"));
    }
    match header.get("typ") {
        None => {}
        Some(Value::String(kind)) if !is_other_kind(kind) => {}
        Some(_) => return Err(bad("`typ`: expected the type of a service-auth token")),
    }
    let curve = match header.get("alg").and_then(Value::as_str) {
        Some("ES256") => Curve::P256,
        Some("ES256K") => Curve::Secp256k1,
        _ => return Err(bad("`alg`: expected ES256 or ES256K")),
    };
    match header.get("kid") {
        None => {}
        Some(Value::String(key)) if key == SIGNING_KEY => {}
        Some(_) => {
            let expected = "`kid`: expected `#atproto`, the only key that signs tokens";
            return Err(ServiceAuthError::BadIssuer(expected.into()));
        }
    }
    Ok(curve)
}

/// Whether `typ` names a kind of token that an authorization server signs for another purpose. A media type may
/// leave out its `application/`. Source: RFC 7515, section 4.1.9.
fn is_other_kind(kind: &str) -> bool {
    let kind = kind.split_once(';').map_or(kind, |(kind, _)| kind);
    let kind = kind.trim().to_ascii_lowercase();
    let kind = kind.strip_prefix("application/").unwrap_or(&kind);
    OTHER_KINDS.contains(&kind)
}

fn issuer(claims: &Members) -> Result<Did, ServiceAuthError> {
    let expected = "`iss`: expected a did:plc or a did:web without a fragment";
    let issuer = claims
        .get("iss")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let known = issuer.starts_with("did:plc:") || issuer.starts_with("did:web:");
    Did::parse(issuer)
        .ok()
        .filter(|_| known)
        .ok_or(ServiceAuthError::BadIssuer(expected.into()))
}

fn required_time(claims: &Members, name: &'static str) -> Result<f64, ServiceAuthError> {
    time(claims, name)?.ok_or_else(|| bad(format!("`{name}`: expected a number")))
}

fn time(claims: &Members, name: &'static str) -> Result<Option<f64>, ServiceAuthError> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let time = value.as_f64().filter(|time| time.is_finite());
    time.map(Some)
        .ok_or_else(|| bad(format!("`{name}`: expected a number")))
}

fn object(part: &str) -> Option<Members> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    // Strictly: a member that is there twice has two readings.
    match lexicon_runtime::json::parse("token", &bytes).ok()? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

fn bad(why: impl Into<std::borrow::Cow<'static, str>>) -> ServiceAuthError {
    ServiceAuthError::BadJwt(why.into())
}
