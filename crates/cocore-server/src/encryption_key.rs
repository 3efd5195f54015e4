//! Loads the key under which OAuth tokens are stored.

use std::path::Path;

use cocore_keys::Random;

use crate::failure::Failure;
use crate::settings::EncryptionKeySource;
use crate::vault::SealingKey;

/// Loads the key; creates the file if it does not exist.
///
/// # Errors
/// One line: which setting, what was expected.
pub fn load(source: &EncryptionKeySource, random: &dyn Random) -> Result<SealingKey, Failure> {
    match source {
        EncryptionKeySource::Environment(text) => SealingKey::parse(text)
            .ok_or_else(|| Failure::new("COCORE_ENCRYPTION_KEY: expected 32 bytes in base64url")),
        EncryptionKeySource::File(file) => SealingKey::from_file(file, random).map_err(|error| {
            Failure::new(format!(
                "--encryption-key-file (COCORE_ENCRYPTION_KEY_FILE): {error}"
            ))
        }),
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
