//! An ES256 key, what it signs, and the other cryptography that OAuth asks for.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING as ES256, EcdsaKeyPair};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A P-256 key that signs: the server's own, or the one that a person's tokens are bound to.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    jwk: Jwk,
    kid: String,
}

#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    d: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
}

impl SigningKey {
    /// A new key. None if the system gives no random numbers.
    #[must_use]
    pub fn generate() -> Option<Self> {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ES256, &SystemRandom::new()).ok()?;
        // ring writes one fixed layout: 36 bytes, the secret, 5 bytes, the public point.
        // `from_jwk` refuses the pair if that should ever change.
        let d = pkcs8.as_ref().get(36..68)?;
        let point = pkcs8.as_ref().get(73..138)?;
        let jwk = json!({
            "kty": "EC",
            "crv": "P-256",
            "x": BASE64.encode(point.get(1..33)?),
            "y": BASE64.encode(point.get(33..65)?),
            "d": BASE64.encode(d),
        });
        Self::from_jwk(&jwk.to_string()).ok()
    }

    /// The key in a secret JWK. Without a `kid` it is named by its thumbprint (RFC 7638).
    ///
    /// # Errors
    /// Says what is wrong with the text, and never quotes it.
    pub fn from_jwk(text: &str) -> Result<Self, &'static str> {
        let jwk: Jwk = serde_json::from_str(text).map_err(|_| "not a secret EC JWK")?;
        if jwk.kty != "EC" || jwk.crv != "P-256" {
            return Err("not a P-256 key");
        }
        let part = |text: &str| {
            BASE64
                .decode(text)
                .map_err(|_| "not base64url without padding")
        };
        let point = [vec![4], part(&jwk.x)?, part(&jwk.y)?].concat();
        let random = SystemRandom::new();
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(&ES256, &part(&jwk.d)?, &point, &random)
                .map_err(|_| "the secret and the public part do not belong together")?;
        let kid = jwk.kid.clone().unwrap_or_else(|| thumbprint(&jwk));
        Ok(Self { pair, jwk, kid })
    }

    /// The JWK with the secret in it, for safe keeping.
    #[must_use]
    pub fn secret_jwk(&self) -> String {
        json!(self.jwk).to_string()
    }

    /// The JWK to publish.
    pub(crate) fn public_jwk(&self) -> Value {
        json!({ "kty": "EC", "crv": "P-256", "x": self.jwk.x, "y": self.jwk.y,
                "kid": self.kid, "use": "sig", "alg": "ES256" })
    }

    /// Proof that whoever sends this request holds the key (RFC 9449).
    pub(crate) fn proof(&self, method: &str, url: &str, nonce: Option<&str>) -> Option<String> {
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": self.jwk.x, "y": self.jwk.y });
        let mut claims = json!({ "jti": random()?, "htm": method, "htu": url, "iat": now() });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        self.sign(
            &json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk }),
            &claims,
        )
    }

    /// Proof to `issuer` that we are the client (RFC 7523).
    pub(crate) fn assertion(&self, client: &str, issuer: &str) -> Option<String> {
        let claims = json!({ "iss": client, "sub": client, "aud": issuer,
                             "jti": random()?, "iat": now(), "exp": now() + 60 });
        self.sign(&json!({ "alg": "ES256", "kid": self.kid }), &claims)
    }

    fn sign(&self, header: &Value, claims: &Value) -> Option<String> {
        let text = format!(
            "{}.{}",
            BASE64.encode(header.to_string()),
            BASE64.encode(claims.to_string())
        );
        let signature = self.pair.sign(&SystemRandom::new(), text.as_bytes()).ok()?;
        Some(format!("{text}.{}", BASE64.encode(signature)))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

fn thumbprint(jwk: &Jwk) -> String {
    digest(&format!(
        r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
        jwk.x, jwk.y
    ))
}

/// The SHA-256 of a text, as base64url.
pub(crate) fn digest(text: &str) -> String {
    BASE64.encode(digest::digest(&digest::SHA256, text.as_bytes()))
}

/// 256 random bits, as base64url.
pub(crate) fn random() -> Option<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(BASE64.encode(bytes))
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, KeyPair, UnparsedPublicKey};

    #[test]
    fn signs_what_its_public_part_verifies_also_after_it_was_kept() {
        let made = SigningKey::generate().unwrap();
        let kept = SigningKey::from_jwk(&made.secret_jwk()).unwrap();
        let token = kept.proof("POST", "https://a.example/", Some("n")).unwrap();
        let (text, signature) = token.rsplit_once('.').unwrap();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, made.pair.public_key());
        key.verify(text.as_bytes(), &BASE64.decode(signature).unwrap())
            .unwrap();
    }

    #[test]
    fn shows_no_secret() {
        let key = SigningKey::generate().unwrap();
        assert!(!format!("{key:?} {}", key.public_jwk()).contains(&key.jwk.d));
    }

    // The example of RFC 7638 is RSA; this key and its thumbprint come from RFC 9449, section 6.1.
    #[test]
    fn names_a_key_by_its_thumbprint() {
        let jwk = Jwk {
            kty: "EC".into(),
            crv: "P-256".into(),
            x: "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs".into(),
            y: "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA".into(),
            d: String::new(),
            kid: None,
        };
        assert_eq!(
            thumbprint(&jwk),
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
        );
    }
}
