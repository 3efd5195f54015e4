//! DID documents: the key that signs for an account, in both shapes that are served.
//! Source: <https://atproto.com/specs/did#did-documents>.

use serde_json::Value;

use crate::public_key::{Algorithm, PublicKey};

/// The multicodec prefixes of the two kinds of keys, as varints.
const SECP256K1_PUB: [u8; 2] = [0xe7, 0x01];
const P256_PUB: [u8; 2] = [0x80, 0x24];

/// What is wanted of a DID document.
#[derive(Clone, Debug)]
pub struct DidDocument {
    /// The key called `#atproto`.
    pub signing_key: Option<PublicKey>,
}

impl DidDocument {
    /// Reads the document of `did`.
    ///
    /// # Errors
    /// It is no JSON object, or the document of another DID.
    pub fn parse(did: &str, bytes: &[u8]) -> Result<Self, &'static str> {
        let document: Value =
            serde_json::from_slice(bytes).map_err(|_| "the DID document is no JSON")?;
        if document.get("id").and_then(Value::as_str) != Some(did) {
            return Err("the DID document is another's");
        }
        let methods = document.get("verificationMethod").and_then(Value::as_array);
        let method = methods.into_iter().flatten().find(|method| {
            let id = method.get("id").and_then(Value::as_str).unwrap_or_default();
            // Relative in older documents.
            id.strip_prefix(did).unwrap_or(id) == "#atproto"
        });
        Ok(Self {
            signing_key: method.and_then(key),
        })
    }
}

fn key(method: &Value) -> Option<PublicKey> {
    let text = |name: &str| method.get(name).and_then(Value::as_str);
    let multibase = text("publicKeyMultibase")?.strip_prefix('z')?;
    // A key has 33 or 65 bytes: no longer text is decoded.
    let encoded = Some(multibase).filter(|text| text.len() <= 128)?;
    let bytes = bs58::decode(encoded).into_vec().ok()?;
    match text("type")? {
        "Multikey" => match bytes.split_first_chunk::<2>()? {
            (&SECP256K1_PUB, point) => PublicKey::from_point(Algorithm::Es256k, point),
            (&P256_PUB, point) => PublicKey::from_point(Algorithm::Es256, point),
            _ => None,
        },
        // Older documents: the type says which, and the point has no prefix.
        "EcdsaSecp256k1VerificationKey2019" => PublicKey::from_point(Algorithm::Es256k, &bytes),
        "EcdsaSecp256r1VerificationKey2019" => PublicKey::from_point(Algorithm::Es256, &bytes),
        _ => None,
    }
}
