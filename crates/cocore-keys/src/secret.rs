//! The secret of a key, and its digest.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Digest as _;

const MARK: &str = "cocore-";
/// `cocore-` and 43 characters for 32 bytes.
const LENGTH: usize = 50;
/// `cocore-` and 8 characters: what is shown of a key.
const PREFIX_LENGTH: usize = 15;

/// The plain text of a key. It exists while a request that mints or shows it is answered, and is
/// never stored or printed: `Debug` shows a placeholder, and there is no `Display`.
pub struct Secret(String);

impl Secret {
    /// The key that 32 random bytes make.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(format!("{MARK}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads the strict form: only the canonical encoding of 32 bytes, so that no two texts are
    /// the same key, and nothing else is ever hashed.
    pub fn parse(text: &str) -> Option<Self> {
        is_strict(text).then(|| Self(text.to_owned()))
    }

    /// What is stored of it: 256 random bits need neither salt nor a slow hash.
    pub fn digest(&self) -> Digest {
        Digest(sha2::Sha256::digest(self.0.as_bytes()).into())
    }

    /// The 15 characters by which its owner can recognise it.
    pub fn prefix(&self) -> &str {
        &self.0[..PREFIX_LENGTH]
    }

    /// The plain text. Every call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

fn is_strict(text: &str) -> bool {
    let Some(encoded) = text.strip_prefix(MARK) else {
        return false;
    };
    // The decoder refuses bits that are left over.
    let mut bytes = [0; 33];
    let mut decoded = || URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes);
    text.len() == LENGTH && decoded().is_ok_and(|length| length == 32)
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
    /// The digest of what a client shows, if it has the strict form of a secret.
    pub fn of(text: &str) -> Option<Self> {
        is_strict(text).then(|| Self(sha2::Sha256::digest(text.as_bytes()).into()))
    }

    /// The digest with these bytes, from the store.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the store.
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
    fn the_form() {
        let secret = Secret::from_random([0; 32]);
        assert_eq!(secret.expose(), format!("cocore-{}", "A".repeat(43)));
        assert_eq!(secret.prefix(), "cocore-AAAAAAAA");
        let all = Secret::from_random([0xff; 32]);
        assert_eq!(all.expose(), format!("cocore-{}8", "_".repeat(42)));
        assert!(Secret::parse(all.expose()).is_some());
    }

    #[test]
    fn sixteen_characters_may_stand_at_the_end() {
        let legal =
            |last: &char| Secret::parse(&format!("cocore-{}{last}", "A".repeat(42))).is_some();
        let legal: String = ALPHABET.chars().filter(legal).collect();
        assert_eq!(legal, "AEIMQUYcgkosw048");
    }

    #[test]
    fn nothing_else_is_a_key() {
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

    #[test]
    fn nothing_prints_a_secret() {
        let secret = Secret::from_random([7; 32]);
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(format!("{:?}", secret.digest()), "Digest(..)");
    }
}
