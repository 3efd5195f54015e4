//! Values that only this server can read: sealed before they go to the store.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use cocore_keys::{Clock, Random, StoreError};
use cocore_store::Store;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use tempfile::NamedTempFile;

/// The key that seals: 256 bits, in base64url where it is written.
#[derive(Clone)]
pub struct SealingKey(Arc<LessSafeKey>);

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(..)")
    }
}

impl SealingKey {
    /// Reads a key that somebody wrote down.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text.trim().trim_end_matches('='))
            .ok()?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).ok()?;
        Some(Self(Arc::new(LessSafeKey::new(key))))
    }

    /// Reads the key in a file that only its owner may read; where there is no file, one is made.
    ///
    /// # Errors
    /// A line for a person: the file cannot be read or made, holds no key, or others may read it.
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
        // Whole or not at all: nobody may read half of it, not even after a crash.
        let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty());
        let made = NamedTempFile::new_in(dir.unwrap_or(Path::new("."))).and_then(|mut made| {
            writeln!(made, "{}", URL_SAFE_NO_PAD.encode(bytes))?;
            made.as_file().sync_all()?;
            Ok(made)
        });
        match made.map_err(|error| fault(&error))?.persist_noclobber(file) {
            // As it is now, which may be what another server made.
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
        _ => Err("others may read it: expected mode 0600".to_owned()),
    }
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), String> {
    Ok(())
}

/// A drawer of the store whose values are sealed.
#[derive(Clone)]
pub struct Vault {
    store: Store,
    key: SealingKey,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Vault {
    /// The values in `store`, under `key`.
    pub fn new(
        store: Store,
        key: SealingKey,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            store,
            key,
            clock,
            random,
        }
    }

    /// Keeps a text.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn put(
        &self,
        kind: &'static str,
        name: &str,
        text: String,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let value = self.seal(kind, name, text)?;
        self.store.encrypted_put(kind, name, value, until).await
    }

    /// Keeps a text, unless there is one already: the one that is there now. One that cannot be opened is
    /// replaced.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn get_or_insert(
        &self,
        kind: &'static str,
        name: &str,
        text: String,
    ) -> Result<String, StoreError> {
        let value = self.seal(kind, name, text.clone())?;
        let kept = self
            .store
            .encrypted_get_or_insert(kind, name, value.clone())
            .await?;
        if let Some(kept) = self.open(kind, name, &kept) {
            return Ok(kept);
        }
        tracing::warn!(
            kind,
            "a value was sealed with another encryption key, and is made anew"
        );
        self.store.encrypted_put(kind, name, value, None).await?;
        Ok(text)
    }

    fn seal(&self, kind: &str, name: &str, text: String) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce)?;
        let mut sealed = text.into_bytes();
        let aad = Aad::from(place(kind, name));
        let unique = Nonce::assume_unique_for_key(nonce);
        let done = self
            .key
            .0
            .seal_in_place_append_tag(unique, aad, &mut sealed);
        done.map_err(|_| StoreError::unavailable("a value cannot be sealed"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// A text that was kept, unless its time is over. One that was sealed with another key is as good
    /// as none, and a line in the log.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn get(&self, kind: &'static str, name: &str) -> Result<Option<String>, StoreError> {
        let now = self.clock.now();
        let Some(value) = self.store.encrypted_get(kind, name, now).await? else {
            return Ok(None);
        };
        let opened = self.open(kind, name, &value);
        if opened.is_none() {
            tracing::warn!(
                kind,
                "a value was sealed with another encryption key: the person has to sign in again"
            );
        }
        Ok(opened)
    }

    /// Removes a text.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn delete(&self, kind: &'static str, name: &str) -> Result<(), StoreError> {
        self.store.encrypted_delete(kind, name).await
    }

    fn open(&self, kind: &str, name: &str, value: &[u8]) -> Option<String> {
        let (nonce, sealed) = value.split_first_chunk::<NONCE_LEN>()?;
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let aad = Aad::from(place(kind, name));
        let opened = self.key.0.open_in_place(nonce, aad, &mut bytes).ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }
}

/// Bound to a value, so that it cannot be moved to another name.
fn place(kind: &str, name: &str) -> Vec<u8> {
    format!("{kind}\n{name}").into_bytes()
}

#[cfg(test)]
mod tests {
    use cocore_keys::{SystemClock, SystemRandom};
    use cocore_store::DatabaseUrl;
    use tempfile::TempDir;

    use super::*;

    #[actix_web::test]
    async fn only_the_same_key_in_the_same_place_opens() {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite:{}", dir.path().join("keys.sqlite").display());
        let url = DatabaseUrl::parse(&url).unwrap();
        let store = Store::open(url, Arc::new(SystemClock));
        let vault = |key| {
            Vault::new(
                store.clone(),
                key,
                Arc::new(SystemClock),
                Arc::new(SystemRandom),
            )
        };
        let file = dir.path().join("encryption.key");
        let key = || SealingKey::from_file(&file, &SystemRandom).unwrap();
        let first = vault(key());
        first
            .put("a", "x", "secret".to_owned(), None)
            .await
            .unwrap();
        let again = vault(key());
        assert_eq!(
            again.get("a", "x").await.unwrap().as_deref(),
            Some("secret")
        );
        assert_eq!(again.get("a", "y").await.unwrap(), None);
        let raw = store
            .encrypted_get("a", "x", DateTime::UNIX_EPOCH)
            .await
            .unwrap()
            .unwrap();
        assert!(!String::from_utf8_lossy(&raw).contains("secret"));
        store.encrypted_put("b", "x", raw, None).await.unwrap();
        assert_eq!(again.get("b", "x").await.unwrap(), None, "moved");
        let past = Some(DateTime::UNIX_EPOCH);
        first.put("a", "z", "over".to_owned(), past).await.unwrap();
        assert_eq!(first.get("a", "z").await.unwrap(), None);
        fs::remove_file(&file).unwrap();
        assert_eq!(
            vault(key()).get("a", "x").await.unwrap(),
            None,
            "another key"
        );
        first.delete("a", "x").await.unwrap();
        assert_eq!(first.get("a", "x").await.unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("encryption.key");
        SealingKey::from_file(&file, &SystemRandom).unwrap();
        let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        mode(0o640);
        let refused = SealingKey::from_file(&file, &SystemRandom).unwrap_err();
        assert!(refused.contains("expected mode 0600"), "{refused}");
        mode(0o600);
        fs::write(&file, "short").unwrap();
        assert!(SealingKey::from_file(&file, &SystemRandom).is_err());
    }
}
