//! ES256 keys, and what they sign for OAuth.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey as EcdsaKey};
use p256::elliptic_curve::Generate;
use p256::elliptic_curve::sec1::ToSec1Point;
use rand::rngs::SysRng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::random::{RandomError, digest, random_text};

/// How long a client assertion is valid, in seconds.
const ASSERTION_LIFETIME: u64 = 60;

/// A P-256 key that signs with ES256: the client key of the server, or the key to which the tokens of an
/// account are bound.
#[derive(Clone)]
pub struct SigningKey {
    key: EcdsaKey,
    /// The coordinates of the public point, as base64url.
    x: String,
    y: String,
    /// The identifier, if it is not the thumbprint.
    given_kid: Option<String>,
}

/// Why a text is not a secret JWK of a P-256 key. The error does not quote the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidJwk {
    /// It is not JSON, or a member is missing.
    #[error("expected a secret JWK of an elliptic curve key")]
    NotJwk,
    /// It is a key of another kind.
    #[error("expected a key of the curve P-256")]
    OtherCurve,
    /// The secret part is not 32 bytes in base64url, or is out of range.
    #[error("expected `d` to be a secret of P-256 in base64url without padding")]
    InvalidSecret,
    /// The public part belongs to another secret.
    #[error("expected `x` and `y` to belong to `d`")]
    OtherPublicKey,
}

#[derive(Serialize, Deserialize)]
struct SecretJwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    d: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
}

impl SigningKey {
    /// Creates a key.
    ///
    /// # Errors
    /// The system provides no random numbers.
    pub fn generate() -> Result<Self, RandomError> {
        let secret = SecretKey::try_generate_from_rng(&mut SysRng).map_err(|_| RandomError)?;
        Ok(Self::new(&secret, None))
    }

    /// Reads a secret JWK. A key without `kid` is identified by its thumbprint (RFC 7638).
    ///
    /// # Errors
    /// The text is not a secret JWK of a P-256 key, or its parts do not belong together.
    pub fn from_jwk(text: &str) -> Result<Self, InvalidJwk> {
        let jwk: SecretJwk = serde_json::from_str(text).map_err(|_| InvalidJwk::NotJwk)?;
        if jwk.kty != "EC" || jwk.crv != "P-256" {
            return Err(InvalidJwk::OtherCurve);
        }
        let secret = BASE64.decode(&jwk.d).ok();
        let secret = secret.filter(|bytes| bytes.len() == 32);
        let secret = secret.and_then(|bytes| SecretKey::from_slice(&bytes).ok());
        let key = Self::new(&secret.ok_or(InvalidJwk::InvalidSecret)?, jwk.kid);
        if (&key.x, &key.y) == (&jwk.x, &jwk.y) {
            Ok(key)
        } else {
            Err(InvalidJwk::OtherPublicKey)
        }
    }

    fn new(secret: &SecretKey, given_kid: Option<String>) -> Self {
        let point = secret.public_key().to_sec1_point(false);
        let coordinate = |bytes: Option<_>| BASE64.encode(bytes.unwrap_or_default());
        Self {
            x: coordinate(point.x().copied()),
            y: coordinate(point.y().copied()),
            key: EcdsaKey::from(secret),
            given_kid,
        }
    }

    /// Returns the JWK with the secret part, for encrypted storage.
    #[must_use]
    pub fn secret_jwk(&self) -> String {
        let jwk = SecretJwk {
            kty: "EC".to_owned(),
            crv: "P-256".to_owned(),
            x: self.x.clone(),
            y: self.y.clone(),
            d: BASE64.encode(self.key.to_bytes()),
            kid: self.given_kid.clone(),
        };
        json!(jwk).to_string()
    }

    /// Returns the JWK to publish.
    pub(crate) fn public_jwk(&self) -> Value {
        let mut jwk = self.point_jwk();
        jwk["kid"] = json!(self.kid());
        jwk["use"] = json!("sig");
        jwk["alg"] = json!("ES256");
        jwk
    }

    /// Returns a DPoP proof: that the sender of this request, and of its access token if it has one, has the key (RFC
    /// 9449).
    pub(crate) fn proof(
        &self,
        method: &str,
        url: &str,
        nonce: Option<&str>,
        access_token: Option<&str>,
        now: u64,
    ) -> Result<String, RandomError> {
        let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.point_jwk() });
        let mut claims = json!({ "jti": random_text()?, "htm": method, "htu": url, "iat": now });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        if let Some(token) = access_token {
            claims["ath"] = json!(digest(token));
        }
        Ok(self.sign(&header, &claims))
    }

    /// Returns a client assertion: that the sender is this client (RFC 7523).
    pub(crate) fn assertion(
        &self,
        client: &str,
        issuer: &str,
        now: u64,
    ) -> Result<String, RandomError> {
        let claims = json!({ "iss": client, "sub": client, "aud": issuer, "jti": random_text()?,
                             "iat": now, "exp": now + ASSERTION_LIFETIME });
        Ok(self.sign(&json!({ "alg": "ES256", "kid": self.kid() }), &claims))
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = format!(
            "{}.{}",
            BASE64.encode(header.to_string()),
            BASE64.encode(claims.to_string())
        );
        let signature: Signature = self.key.sign(text.as_bytes());
        format!("{text}.{}", BASE64.encode(signature.to_bytes()))
    }

    fn kid(&self) -> String {
        let given = self.given_kid.clone();
        given.unwrap_or_else(|| thumbprint(&self.x, &self.y))
    }

    fn point_jwk(&self) -> Value {
        json!({ "kty": "EC", "crv": "P-256", "x": self.x, "y": self.y })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid())
    }
}

fn thumbprint(x: &str, y: &str) -> String {
    digest(&format!(
        r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#
    ))
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier;

    use super::*;

    /// The verifying key in a public JWK.
    fn verifying_key(jwk: &Value) -> VerifyingKey {
        let part = |name: &str| BASE64.decode(jwk[name].as_str().unwrap()).unwrap();
        VerifyingKey::from_sec1_bytes(&[vec![4], part("x"), part("y")].concat()).unwrap()
    }

    #[test]
    fn a_stored_key_signs_for_the_same_public_key() {
        let key = SigningKey::generate().unwrap();
        let stored = SigningKey::from_jwk(&key.secret_jwk()).unwrap();
        assert_eq!(stored.public_jwk(), key.public_jwk());
        let url = "https://a.example/";
        let token = stored.proof("POST", url, Some("n"), None, 5).unwrap();
        let (text, signature) = token.rsplit_once('.').unwrap();
        let signature = Signature::from_slice(&BASE64.decode(signature).unwrap()).unwrap();
        let verifying_key = verifying_key(&key.public_jwk());
        verifying_key.verify(text.as_bytes(), &signature).unwrap();
        let claims = BASE64.decode(text.split_once('.').unwrap().1).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(
            (&claims["iat"], &claims["htu"], &claims["nonce"]),
            (&json!(5), &json!(url), &json!("n"))
        );
    }

    // The example of RFC 7517, appendix A.2.
    #[test]
    fn a_jwk_is_written_as_it_was_read() {
        let jwk = r#"{"crv":"P-256","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
            "kty":"EC","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;
        let key = SigningKey::from_jwk(jwk).unwrap();
        let jwk: Value = serde_json::from_str(jwk).unwrap();
        let written: Value = serde_json::from_str(&key.secret_jwk()).unwrap();
        assert_eq!(written, jwk);
    }

    #[test]
    fn texts_that_are_no_keys() {
        let jwk = || serde_json::from_str::<Value>(&SigningKey::generate().unwrap().secret_jwk());
        let with = |name: &str, value: Value| {
            let mut jwk = jwk().unwrap();
            jwk[name] = value;
            SigningKey::from_jwk(&jwk.to_string()).unwrap_err()
        };
        let other = jwk().unwrap();
        assert_eq!(with("d", Value::Null), InvalidJwk::NotJwk);
        assert_eq!(with("crv", json!("P-384")), InvalidJwk::OtherCurve);
        assert_eq!(with("kty", json!("OKP")), InvalidJwk::OtherCurve);
        assert_eq!(with("d", json!("x")), InvalidJwk::InvalidSecret);
        let zero = json!(BASE64.encode([0; 32]));
        assert_eq!(with("d", zero), InvalidJwk::InvalidSecret);
        assert_eq!(with("d", other["d"].clone()), InvalidJwk::OtherPublicKey);
        assert_eq!(with("x", other["x"].clone()), InvalidJwk::OtherPublicKey);
        let error = SigningKey::from_jwk("secret").unwrap_err();
        assert!(!error.to_string().contains("\"secret\""));
    }

    #[test]
    fn debug_output_and_public_keys_have_no_secret() {
        let key = SigningKey::generate().unwrap();
        let jwk: Value = serde_json::from_str(&key.secret_jwk()).unwrap();
        let secret = jwk["d"].as_str().unwrap();
        assert!(!format!("{key:?} {}", key.public_jwk()).contains(secret));
    }

    #[test]
    fn a_given_kid_is_kept() {
        let mut jwk: Value =
            serde_json::from_str(&SigningKey::generate().unwrap().secret_jwk()).unwrap();
        jwk["kid"] = json!("one");
        let key = SigningKey::from_jwk(&jwk.to_string()).unwrap();
        assert_eq!(key.public_jwk()["kid"], "one");
        assert!(key.secret_jwk().contains(r#""kid":"one""#));
    }

    // The example of RFC 7638 is RSA; this key and its thumbprint come from RFC 9449, section 6.1.
    #[test]
    fn a_key_is_identified_by_its_thumbprint() {
        let found = thumbprint(
            "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
            "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
        );
        assert_eq!(found, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }
}
