//! The key with which OAuth tokens are encrypted.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cocore_keys::Random;
use ring::aead::{CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use tempfile::NamedTempFile;

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

impl EncryptionKey {
    /// Parses a key. `None` if the text is not 32 bytes in base64url.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text.trim().trim_end_matches('='))
            .ok()?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).ok()?;
        Some(Self(Arc::new(LessSafeKey::new(key))))
    }

    /// The key in the form that encrypts.
    pub(crate) fn aead(&self) -> &LessSafeKey {
        &self.0
    }

    /// Reads the key from a file that only its owner may read. Creates the file if it does not exist.
    ///
    /// # Errors
    /// One line: the file cannot be read or created, has no key, or other users may read it.
    pub fn from_file(file: &Path, random: &dyn Random) -> Result<Self, String> {
        let fault = |what: &dyn fmt::Display| format!("{}: {what}", file.display());
        match fs::read_to_string(file) {
            Ok(text) => {
                check_mode(file).map_err(|error| fault(&error))?;
                let expected = "expected 32 bytes in base64url";
                return Self::parse(&text).ok_or_else(|| fault(&expected));
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(fault(&error)),
            Err(_) => {}
        }
        let mut bytes = [0; 32];
        random.fill(&mut bytes).map_err(|error| fault(&error))?;
        // The file appears as a whole: no process reads half of it, not even after a crash.
        let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty());
        let created = NamedTempFile::new_in(dir.unwrap_or(Path::new("."))).and_then(|mut file| {
            writeln!(file, "{}", URL_SAFE_NO_PAD.encode(bytes))?;
            file.as_file().sync_all()?;
            Ok(file)
        });
        match created
            .map_err(|error| fault(&error))?
            .persist_noclobber(file)
        {
            // Another server may have created the file in the meantime.
            Ok(_) => Self::from_file(file, random),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
                Self::from_file(file, random)
            }
            Err(error) => Err(fault(&error.error)),
        }
    }
}

#[cfg(unix)]
fn check_mode(file: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(file).map_err(|error| error.to_string())?;
    match metadata.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => Err("other users may read it: expected mode 0600".to_owned()),
    }
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), String> {
    Ok(())
}

/// Loads the key; creates the file if it does not exist.
///
/// # Errors
/// One line: which setting, what was expected.
pub fn load(source: &EncryptionKeySource, random: &dyn Random) -> Result<EncryptionKey, Failure> {
    match source {
        EncryptionKeySource::Environment(text) => EncryptionKey::parse(text)
            .ok_or_else(|| Failure::new("COCORE_ENCRYPTION_KEY: expected 32 bytes in base64url")),
        EncryptionKeySource::File(file) => {
            EncryptionKey::from_file(file, random).map_err(|error| {
                Failure::new(format!(
                    "--encryption-key-file (COCORE_ENCRYPTION_KEY_FILE): {error}"
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
        assert!(refused.contains("expected mode 0600"), "{refused}");
        mode(0o600);
        fs::write(&file, "short").unwrap();
        assert!(EncryptionKey::from_file(&file, &SystemRandom).is_err());
    }
}
