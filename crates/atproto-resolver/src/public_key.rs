//! Public keys of both curves, and the signatures that they verify.
//! Source: <https://atproto.com/specs/cryptography>.

use p256::elliptic_curve::sec1::ToSec1Point;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use secp256k1::{Message, ecdsa};
use sha2::{Digest, Sha256};

use crate::verification_key::{Curve, VerificationKey};

/// Half of the order of P-256, rounded down: the highest `s` that is allowed.
const P256_HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];
const COMPRESSED: usize = 33;
const UNCOMPRESSED: usize = 65;

/// A public key that verifies signatures: ECDSA with SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// An uncompressed point. `ring` checks that it is on the curve when it is used.
    P256([u8; UNCOMPRESSED]),
    Secp256k1(secp256k1::PublicKey),
}

impl PublicKey {
    /// Reads the key of a DID document. `None` if the point is not on its curve.
    pub fn from_verification_key(key: &VerificationKey) -> Option<Self> {
        match key.curve {
            Curve::P256 => uncompressed_p256(&key.point).map(|point| Self(Kind::P256(point))),
            Curve::Secp256k1 => {
                let key = secp256k1::PublicKey::from_slice(&key.point).ok()?;
                Some(Self(Kind::Secp256k1(key)))
            }
        }
    }

    /// The curve.
    pub fn curve(&self) -> Curve {
        match self.0 {
            Kind::P256(_) => Curve::P256,
            Kind::Secp256k1(_) => Curve::Secp256k1,
        }
    }

    /// Returns whether a signature of a message is valid. It has to be the raw 64 bytes of `r` and `s` with
    /// the lower `s`, so that a message has only one signature.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        match &self.0 {
            Kind::P256(point) => {
                signature[32..] <= P256_HALF_ORDER[..]
                    && UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                        .verify(message, signature)
                        .is_ok()
            }
            // The library rejects the higher `s`.
            Kind::Secp256k1(key) => {
                let digest = Message::from_digest(Sha256::digest(message).into());
                ecdsa::Signature::from_compact(signature)
                    .is_ok_and(|signature| ecdsa::verify(&signature, digest, key).is_ok())
            }
        }
    }
}

/// Converts a point to the encoding that `ring` reads. A compressed one is decompressed here, once for each
/// document.
fn uncompressed_p256(point: &[u8]) -> Option<[u8; UNCOMPRESSED]> {
    if point.len() != COMPRESSED && point.len() != UNCOMPRESSED {
        return None;
    }
    let key = p256::PublicKey::from_sec1_bytes(point).ok()?;
    key.to_sec1_point(false).as_bytes().try_into().ok()
}
