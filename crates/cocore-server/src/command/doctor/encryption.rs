//! The key that encrypts what sign-in stores.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use cocore_store::{Diagnosis, EncryptedValue};

use super::check::Check;
use crate::encryption_key::EncryptionKey;
use crate::settings::{EncryptionKeySource, Settings};

const NAME: &str = "encryption key";

/// Checks the key, and that the database's values were encrypted with it.
pub(super) fn check(settings: &Settings, found: Option<&Diagnosis>) -> Check {
    let value = found.and_then(|found| found.encrypted.as_ref());
    match &settings.encryption_key {
        None => Check::warning(
            NAME,
            "there is none: sign-in is off",
            "set COCORE_ENCRYPTION_KEY or --encryption-key-file, to the same key on all servers",
        ),
        Some(EncryptionKeySource::Environment(text)) => {
            check_text("COCORE_ENCRYPTION_KEY", text, value)
        }
        Some(EncryptionKeySource::File(file)) => {
            check_file(file, value, settings.database.sqlite().is_some())
        }
    }
}

fn check_file(file: &Path, value: Option<&EncryptedValue>, is_sqlite: bool) -> Check {
    let path = file.display();
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return match (value, is_sqlite) {
                (Some(_), _) => Check::warning(
                    NAME,
                    format!("{path} does not exist, and the database has values that it encrypted"),
                    "put it back: otherwise the server creates another one, and sign-ins under way fail",
                ),
                (None, true) => Check::ok(
                    NAME,
                    format!("{path} does not exist yet: the server creates it when it starts"),
                ),
                (None, false) => Check::warning(
                    NAME,
                    format!("{path} does not exist"),
                    "copy the key of the other servers to it: they need the same one",
                ),
            };
        }
        Err(error) => {
            let found = format!("{path}: {error}");
            return Check::failed(NAME, found, "let the server's user read it");
        }
    };
    let mode = fs::metadata(file).map_or(0, |file| file.permissions().mode() & 0o777);
    if mode & 0o077 != 0 {
        let found = format!("{path} has mode {mode:04o}: other users can read it");
        return Check::failed(NAME, found, format!("chmod 600 {path}"));
    }
    check_text(&path.to_string(), &text, value)
}

/// Checks a key that came from somewhere. The key is not shown.
fn check_text(source: &str, text: &str, value: Option<&EncryptedValue>) -> Check {
    let key = match EncryptionKey::parse(text) {
        Ok(key) => key,
        Err(error) => {
            let action = "create one with `openssl rand 32 | basenc --base64url`";
            return Check::failed(NAME, format!("{source}: {error}"), action);
        }
    };
    match value {
        Some(EncryptedValue {
            kind, name, value, ..
        }) if key.decrypt(kind, name, value).is_none() => Check::failed(
            NAME,
            format!("{source} is not the key that encrypted what the database has"),
            "set the key of the other servers, or that from before: otherwise sign-ins under way fail",
        ),
        Some(_) => Check::ok(NAME, format!("{source} decrypts what the database has")),
        None => Check::ok(
            NAME,
            format!("{source} has one, and nothing is encrypted yet"),
        ),
    }
}
