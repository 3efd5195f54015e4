//! The secret of a key, and its digest.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Digest as _;

/// What every secret begins with.
pub const KEY_PREFIX: &str = "cocore-";
/// The length of a secret in bytes: [`KEY_PREFIX`] and 43 base64url characters for 32 bytes.
const SECRET_LENGTH: usize = KEY_PREFIX.len() + 43;
/// The length of the part that is shown, in bytes: [`KEY_PREFIX`] and 8 characters.
const SHOWN_LENGTH: usize = KEY_PREFIX.len() + 8;

/// The plain text of a key. It exists while the request that creates or shows it is answered, and is
/// never stored or printed: `Debug` prints a placeholder, and there is no `Display`.
pub struct Secret(String);

impl Secret {
    /// Encodes 32 random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(format!("{KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Parses the strict form: only the canonical encoding of 32 bytes, so that no two texts are
    /// the same key, and nothing else is ever hashed.
    pub fn parse(text: &str) -> Option<Self> {
        is_strict(text).then(|| Self(text.to_owned()))
    }

    /// Returns the SHA-256, which is what is stored: 256 random bits need neither salt nor a slow hash.
    pub fn digest(&self) -> Digest {
        Digest(sha2::Sha256::digest(self.0.as_bytes()).into())
    }

    /// Returns the first 15 characters, by which the owner recognises the key.
    pub fn prefix(&self) -> &str {
        &self.0[..SHOWN_LENGTH]
    }

    /// Returns the plain text. Each call is a place to check in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

fn is_strict(text: &str) -> bool {
    let Some(encoded) = text.strip_prefix(KEY_PREFIX) else {
        return false;
    };
    // The decoder rejects trailing bits that are not zero.
    let mut bytes = [0; 33];
    let mut decode = || URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes);
    text.len() == SECRET_LENGTH && decode().is_ok_and(|length| length == 32)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The SHA-256 of a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Hashes a credential, if it has the strict form of a secret.
    pub fn of(text: &str) -> Option<Self> {
        is_strict(text).then(|| Self(sha2::Sha256::digest(text.as_bytes()).into()))
    }

    /// Wraps the bytes of a stored digest.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    #[test]
    fn a_secret_has_its_form() {
        let secret = Secret::from_random([0; 32]);
        assert_eq!(secret.expose(), format!("cocore-{}", "A".repeat(43)));
        assert_eq!(secret.prefix(), "cocore-AAAAAAAA");
        let all = Secret::from_random([0xff; 32]);
        assert_eq!(all.expose(), format!("cocore-{}8", "_".repeat(42)));
        assert!(Secret::parse(all.expose()).is_some());
    }

    #[test]
    fn the_last_character_is_one_of_sixteen() {
        let legal =
            |last: &char| Secret::parse(&format!("cocore-{}{last}", "A".repeat(42))).is_some();
        let legal: String = ALPHABET.chars().filter(legal).collect();
        assert_eq!(legal, "AEIMQUYcgkosw048");
    }

    /// Row 2 of the list of attacks: what is malformed has no digest.
    #[test]
    fn other_texts_are_not_keys() {
        let good = Secret::from_random([7; 32]).expose().to_owned();
        for text in [
            String::new(),
            "cocore-".to_owned(),
            good[..49].to_owned(),
            format!("{good}A"),
            format!("{good}="),
            format!("{}=", &good[..49]),
            format!(" {}", &good[1..]),
            good.replace("cocore-", "COCORE-"),
            good.replace("cocore-", "cocore_"),
            good.replacen('-', "\0", 1),
            format!("cocore-{}", "+".repeat(43)),
            format!("cocore-{}", "/".repeat(43)),
            format!("cocore-{}A", "\u{e9}".repeat(21)),
            "x".repeat(65_536),
        ] {
            assert!(Secret::parse(&text).is_none(), "{text}");
            assert!(Digest::of(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_digest_covers_all_fifty_characters() {
        let secret = Secret::from_random([0; 32]);
        let expected = sha2::Sha256::digest(secret.expose().as_bytes());
        assert_eq!(secret.digest().as_bytes()[..], expected[..]);
        assert_eq!(
            secret.digest(),
            Digest::from_bytes(*secret.digest().as_bytes())
        );
        assert_ne!(secret.digest(), Secret::from_random([1; 32]).digest());
        assert_eq!(Digest::of(secret.expose()), Some(secret.digest()));
    }

    /// Row 35 of the list of attacks.
    #[test]
    fn nothing_prints_a_secret() {
        let secret = Secret::from_random([7; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(format!("{:?}", secret.digest()), "Digest(..)");
    }
}
