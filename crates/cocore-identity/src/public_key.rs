//! Public keys of both curves, and the signatures that they verify.
//! Source: <https://atproto.com/specs/cryptography>.

use atproto_resolver::{Curve, VerificationKey};
use p256::elliptic_curve::sec1::ToSec1Point;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use secp256k1::{Message, ecdsa};
use sha2::{Digest, Sha256};

/// Half of the order of P-256, rounded down: the highest `s` that is allowed.
const P256_HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];
const COMPRESSED: usize = 33;
const UNCOMPRESSED: usize = 65;

/// The signature algorithm of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// ECDSA with secp256k1 and SHA-256.
    Es256k,
}

impl Algorithm {
    /// Returns the algorithm with this name in a token's header.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "ES256K" => Some(Self::Es256k),
            _ => None,
        }
    }
}

/// A public key that verifies signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// An uncompressed point. `ring` checks that it is on the curve when it is used.
    P256([u8; UNCOMPRESSED]),
    Secp256k1(secp256k1::PublicKey),
}

impl PublicKey {
    /// Reads the key of a DID document. `None` if the point is not on the curve, or the curve has no algorithm
    /// here.
    pub fn from_verification_key(key: &VerificationKey) -> Option<Self> {
        let algorithm = match key.curve {
            Curve::P256 => Algorithm::Es256,
            Curve::Secp256k1 => Algorithm::Es256k,
            _ => return None,
        };
        Self::from_point(algorithm, &key.point)
    }

    /// Reads an uncompressed or compressed point. `None` if it is not on the curve.
    fn from_point(algorithm: Algorithm, point: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::Es256 => uncompressed_p256(point).map(|point| Self(Kind::P256(point))),
            Algorithm::Es256k => {
                let key = secp256k1::PublicKey::from_slice(point).ok()?;
                Some(Self(Kind::Secp256k1(key)))
            }
        }
    }

    /// The algorithm of its signatures.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Kind::P256(_) => Algorithm::Es256,
            Kind::Secp256k1(_) => Algorithm::Es256k,
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
