//! Encrypted values in the store, such as the client key of OAuth.

use std::sync::Arc;

use chrono::TimeDelta;
use cocore_keys::{Clock, Random, StoreError};
use cocore_store::Store;

use crate::encryption_key::EncryptionKey;

/// The values of the store that are encrypted with ChaCha20-Poly1305.
#[derive(Clone)]
pub struct EncryptedStore {
    store: Store,
    key: EncryptionKey,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl EncryptedStore {
    /// The values in `store`, encrypted with `key`.
    pub fn new(
        store: Store,
        key: EncryptionKey,
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

    /// Stores a text, and replaces an older one. It expires after its lifetime, if it has one.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn put(
        &self,
        kind: &'static str,
        name: &str,
        text: String,
        lifetime: Option<TimeDelta>,
    ) -> Result<(), StoreError> {
        let value = self.key.encrypt(kind, name, text, &*self.random)?;
        let expires_at = lifetime.map(|lifetime| self.clock.now() + lifetime);
        self.store
            .encrypted_put(kind, name, value, expires_at)
            .await
    }

    /// Stores a text unless there is one. Returns the text that is now stored. A value that cannot be
    /// decrypted is replaced.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn get_or_insert(
        &self,
        kind: &'static str,
        name: &str,
        text: String,
    ) -> Result<String, StoreError> {
        let value = self.key.encrypt(kind, name, text.clone(), &*self.random)?;
        let stored = self
            .store
            .encrypted_get_or_insert(kind, name, value.clone())
            .await?;
        if let Some(stored) = self.key.decrypt(kind, name, &stored) {
            return Ok(stored);
        }
        tracing::warn!(
            kind,
            "a value was encrypted with another key, and is replaced"
        );
        self.store.encrypted_put(kind, name, value, None).await?;
        Ok(text)
    }

    /// Removes a text, and returns it unless it has expired. Of several callers, one gets it. A value that was
    /// encrypted with another key counts as missing, and is logged.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn take(&self, kind: &'static str, name: &str) -> Result<Option<String>, StoreError> {
        let now = self.clock.now();
        let Some(value) = self.store.encrypted_take(kind, name, now).await? else {
            return Ok(None);
        };
        let text = self.key.decrypt(kind, name, &value);
        if text.is_none() {
            tracing::warn!(kind, "a value was encrypted with another key");
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use chrono::DateTime;
    use cocore_keys::{SystemClock, SystemRandom};
    use cocore_store::DatabaseUrl;
    use tempfile::TempDir;

    use super::*;

    #[actix_web::test]
    async fn only_the_same_key_in_the_same_place_decrypts() {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite:{}", dir.path().join("keys.sqlite").display());
        let url = DatabaseUrl::parse(&url).unwrap();
        let store = Store::open(url, Arc::new(SystemClock));
        let encrypted = |key| {
            EncryptedStore::new(
                store.clone(),
                key,
                Arc::new(SystemClock),
                Arc::new(SystemRandom),
            )
        };
        let file = dir.path().join("encryption.key");
        let key = || EncryptionKey::from_file(&file, &SystemRandom).unwrap();
        let first = encrypted(key());
        let put = async |name, lifetime| {
            let put = first.put("a", name, "secret".to_owned(), lifetime);
            put.await.unwrap();
        };
        let again = encrypted(key());
        put("x", None).await;
        assert_eq!(again.take("a", "y").await.unwrap(), None, "another name");
        assert_eq!(
            again.take("a", "x").await.unwrap().as_deref(),
            Some("secret")
        );
        assert_eq!(again.take("a", "x").await.unwrap(), None, "taken");
        put("x", None).await;
        let raw = store.encrypted_take("a", "x", DateTime::UNIX_EPOCH).await;
        let raw = raw.unwrap().unwrap();
        assert!(!String::from_utf8_lossy(&raw).contains("secret"));
        store.encrypted_put("b", "x", raw, None).await.unwrap();
        assert_eq!(again.take("b", "x").await.unwrap(), None, "moved");
        put("z", Some(TimeDelta::seconds(-1))).await;
        assert_eq!(first.take("a", "z").await.unwrap(), None, "expired");
        put("x", None).await;
        fs::remove_file(&file).unwrap();
        let other = encrypted(key());
        assert_eq!(other.take("a", "x").await.unwrap(), None, "another key");
    }
}
