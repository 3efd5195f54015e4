//! Public keys of DID documents, in both encodings that are served.
//! Sources: <https://atproto.com/specs/did#did-documents>, <https://atproto.com/specs/cryptography>.

/// The multicodec prefixes of the two curves, as varints.
const SECP256K1_PREFIX: [u8; 2] = [0xe7, 0x01];
const P256_PREFIX: [u8; 2] = [0x80, 0x24];
/// The longest text that is decoded, in bytes. A key has 33 or 65 bytes.
const MAX_MULTIBASE: usize = 128;

/// The curve of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-256, also called secp256r1.
    P256,
    /// secp256k1, also called k256.
    Secp256k1,
}

/// A public key as a DID document states it. Nothing has checked that the point is on the curve.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerificationKey {
    /// The curve.
    pub curve: Curve,
    /// The point, in the compressed or uncompressed encoding of SEC 1.
    pub point: Vec<u8>,
}

impl VerificationKey {
    /// Reads a key from the `type` and the `publicKeyMultibase` of a verification method. `None` if the type
    /// or the curve is unknown, or the text is not base58btc.
    ///
    /// ```
    /// use atproto_resolver::{Curve, VerificationKey};
    ///
    /// let text = "zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo";
    /// let key = VerificationKey::parse("Multikey", text).expect("a key");
    /// assert_eq!((key.curve, key.point.len()), (Curve::P256, 33));
    /// ```
    pub fn parse(kind: &str, multibase: &str) -> Option<Self> {
        let encoded = multibase.strip_prefix('z')?;
        let encoded = Some(encoded).filter(|text| text.len() <= MAX_MULTIBASE)?;
        let bytes = bs58::decode(encoded).into_vec().ok()?;
        let key = |curve, point: &[u8]| {
            let point = point.to_vec();
            Some(Self { curve, point })
        };
        match kind {
            "Multikey" => match bytes.split_first_chunk::<2>()? {
                (&SECP256K1_PREFIX, point) => key(Curve::Secp256k1, point),
                (&P256_PREFIX, point) => key(Curve::P256, point),
                _ => None,
            },
            // The types of older documents name the curve, and the point has no prefix.
            "EcdsaSecp256k1VerificationKey2019" => key(Curve::Secp256k1, &bytes),
            "EcdsaSecp256r1VerificationKey2019" => key(Curve::P256, &bytes),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of <https://atproto.com/specs/cryptography>.
    const K256: &str = "zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc";

    #[test]
    fn both_encodings() {
        let key = VerificationKey::parse("Multikey", K256).unwrap();
        assert_eq!((key.curve, key.point.len()), (Curve::Secp256k1, 33));
        let older = format!("z{}", bs58::encode(&key.point).into_string());
        let parsed = VerificationKey::parse("EcdsaSecp256k1VerificationKey2019", &older);
        assert_eq!(parsed.as_ref(), Some(&key));
        let parsed = VerificationKey::parse("EcdsaSecp256r1VerificationKey2019", &older).unwrap();
        assert_eq!((parsed.curve, parsed.point), (Curve::P256, key.point));
    }

    #[test]
    fn texts_that_are_no_keys() {
        let ed25519 = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
        let long = format!("z{}", "1".repeat(129));
        for (kind, text) in [
            ("Multikey", &K256[1..]),
            ("Multikey", ed25519),
            ("Multikey", "z0OIl"),
            ("Multikey", "z"),
            ("Multikey", &long),
            ("JsonWebKey2020", K256),
        ] {
            assert_eq!(VerificationKey::parse(kind, text), None, "{kind} {text}");
        }
    }
}
