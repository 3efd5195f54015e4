//! Authenticated encryption: a random nonce, and after it the encrypted bytes.

use cocore_keys::{Random, StoreError};
use ring::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};

/// Encrypts bytes. They are decrypted with the same associated data.
///
/// # Errors
/// The source of randomness is unavailable.
pub(crate) fn seal(
    key: &LessSafeKey,
    associated: &[u8],
    mut bytes: Vec<u8>,
    random: &dyn Random,
) -> Result<Vec<u8>, StoreError> {
    let mut nonce = [0; NONCE_LEN];
    random.fill(&mut nonce)?;
    let unique = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(unique, Aad::from(associated), &mut bytes)
        .map_err(|_| StoreError::unavailable("a value cannot be encrypted"))?;
    Ok([&nonce[..], &bytes].concat())
}

/// Decrypts bytes. `None` if they were encrypted with another key or other associated data.
pub(crate) fn open(key: &LessSafeKey, associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, encrypted) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut bytes = encrypted.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let opened = key.open_in_place(nonce, Aad::from(associated), &mut bytes);
    opened.ok().map(|opened| opened.to_vec())
}
