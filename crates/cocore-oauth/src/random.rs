//! Random texts and digests, in base64url.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};

/// The error for a system without random numbers, which can make neither keys nor tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system provides no random numbers")]
#[non_exhaustive]
pub struct RandomError;

/// Returns 256 random bits, as base64url.
pub(crate) fn random_text() -> Result<String, RandomError> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| RandomError)?;
    Ok(BASE64.encode(bytes))
}

/// Returns the SHA-256 of a text, as base64url.
pub(crate) fn digest(text: &str) -> String {
    BASE64.encode(Sha256::digest(text))
}
