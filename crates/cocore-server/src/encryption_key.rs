//! The key with which values in the store are encrypted.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cocore_keys::{Random, StoreError};
use ring::aead::{CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use tempfile::NamedTempFile;

use crate::aead;
use crate::failure::Failure;
use crate::settings::EncryptionKeySource;

/// A key for ChaCha20-Poly1305: 256 bits, written in base64url.
#[derive(Clone)]
pub struct EncryptionKey(Arc<LessSafeKey>);

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey(..)")
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum EncryptionKeyError {
    /// The text is not a key.
    #[error("expected 32 bytes in base64url")]
    Invalid,
    /// The file can be read by others than its owner.
    #[error("other users may read it: expected mode 0600")]
    Mode,
    /// The file cannot be read or created.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The source of randomness is unavailable.
    #[error(transparent)]
    Random(#[from] StoreError),
}

impl EncryptionKey {
    /// Parses a key.
    ///
    /// # Errors
    /// The text is not 32 bytes in base64url.
    pub fn parse(text: &str) -> Result<Self, EncryptionKeyError> {
        let text = text.trim().trim_end_matches('=');
        let bytes = URL_SAFE_NO_PAD.decode(text);
        let bytes = bytes.map_err(|_| EncryptionKeyError::Invalid)?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes);
        let key = key.map_err(|_| EncryptionKeyError::Invalid)?;
        Ok(Self(Arc::new(LessSafeKey::new(key))))
    }

    /// The key in the form that encrypts.
    pub(crate) fn aead(&self) -> &LessSafeKey {
        &self.0
    }

    /// Encrypts the text of a kind and a name. It cannot be moved to another name.
    ///
    /// # Errors
    /// The source of randomness is unavailable.
    pub(crate) fn encrypt(
        &self,
        kind: &str,
        name: &str,
        text: String,
        random: &dyn Random,
    ) -> Result<Vec<u8>, StoreError> {
        let place = associated_data(kind, name);
        aead::seal(&self.0, &place, text.into_bytes(), random)
    }

    /// Decrypts the text of a kind and a name. `None`: it was encrypted with another key, or for another name.
    pub(crate) fn decrypt(&self, kind: &str, name: &str, value: &[u8]) -> Option<String> {
        let decrypted = aead::open(&self.0, &associated_data(kind, name), value)?;
        String::from_utf8(decrypted).ok()
    }

    /// Reads the key from a file that only its owner may read, or from a credential of the service. Creates the file if it does not exist.
    ///
    /// # Errors
    /// The file cannot be read or created, has no key, or other users may read it.
    pub fn from_file(file: &Path, random: &dyn Random) -> Result<Self, EncryptionKeyError> {
        match fs::read_to_string(file) {
            Ok(text) => {
                check_mode(file)?;
                return Self::parse(&text);
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            Err(_) => {}
        }
        let mut bytes = [0; 32];
        random.fill(&mut bytes)?;
        // The file appears as a whole: no process reads half of it, not even after a crash.
        let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty());
        let created = NamedTempFile::new_in(dir.unwrap_or(Path::new("."))).and_then(|mut file| {
            writeln!(file, "{}", URL_SAFE_NO_PAD.encode(bytes))?;
            file.as_file().sync_all()?;
            Ok(file)
        });
        match created?.persist_noclobber(file) {
            // Another server may have created the file in the meantime.
            Ok(_) => Self::from_file(file, random),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
                Self::from_file(file, random)
            }
            Err(error) => Err(error.error.into()),
        }
    }
}

/// Binds a value to its place.
fn associated_data(kind: &str, name: &str) -> Vec<u8> {
    format!("{kind}\n{name}").into_bytes()
}

#[cfg(unix)]
fn check_mode(file: &Path) -> Result<(), EncryptionKeyError> {
    use std::os::unix::fs::PermissionsExt;
    // systemd admits the user of a service by an access list, which looks like a right of the group.
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY");
    if credentials.is_some_and(|directory| file.starts_with(directory)) {
        return Ok(());
    }
    if fs::metadata(file)?.permissions().mode() & 0o077 != 0 {
        return Err(EncryptionKeyError::Mode);
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), EncryptionKeyError> {
    Ok(())
}

/// Loads the key; creates the file if it does not exist.
///
/// # Errors
/// One line: which setting, what was expected.
pub fn load(source: &EncryptionKeySource, random: &dyn Random) -> Result<EncryptionKey, Failure> {
    match source {
        EncryptionKeySource::Environment(text) => EncryptionKey::parse(text)
            .map_err(|error| Failure::new(format!("COCORE_ENCRYPTION_KEY: {error}"))),
        EncryptionKeySource::File(file) => {
            EncryptionKey::from_file(file, random).map_err(|error| {
                Failure::new(format!(
                    "--encryption-key-file (COCORE_ENCRYPTION_KEY_FILE): {}: {error}",
                    file.display()
                ))
            })
        }
    }
}

/// Whether the key can be loaded or created now. A directory on a disk that is not mounted yet may
/// appear later.
pub fn is_reachable(source: &EncryptionKeySource) -> bool {
    match source {
        EncryptionKeySource::Environment(_) => true,
        EncryptionKeySource::File(file) => {
            let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty());
            dir.is_none_or(Path::is_dir)
        }
    }
}

#[cfg(test)]
mod tests {
    use cocore_keys::SystemRandom;
    use tempfile::TempDir;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("encryption.key");
        EncryptionKey::from_file(&file, &SystemRandom).unwrap();
        let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        mode(0o640);
        let refused = EncryptionKey::from_file(&file, &SystemRandom).unwrap_err();
        assert!(matches!(refused, EncryptionKeyError::Mode), "{refused}");
        mode(0o600);
        fs::write(&file, "short").unwrap();
        assert!(EncryptionKey::from_file(&file, &SystemRandom).is_err());
    }
}
