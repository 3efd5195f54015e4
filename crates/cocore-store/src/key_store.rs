//! The store as the key service sees it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cocore_keys::{ActiveKey, Digest, KeyStore, KeyUse, LiveKeys, NewKey, StoreError, StoredKey};
use diesel::QueryResult;

use crate::api_keys;
use crate::connection::AnyConnection;
use crate::store::Store;
use crate::write::Effect;

impl KeyStore for Store {
    async fn key_subscribe(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        if let Some(coordinator) = &self.coordinator {
            return coordinator.subscribe(live).await;
        }
        self.writer.subscribe(live).await
    }

    async fn key_evict_expired(&self, before: DateTime<Utc>) -> Result<usize, StoreError> {
        if let Some(coordinator) = &self.coordinator {
            return coordinator.evict_expired(before).await;
        }
        self.writer.evict_expired(before).await
    }

    async fn key_any(&self) -> Result<bool, StoreError> {
        self.read(api_keys::any).await
    }

    async fn key_by_digest(&self, digest: Digest) -> Result<Option<ActiveKey>, StoreError> {
        self.read(move |connection| api_keys::by_digest(connection, digest))
            .await
    }

    async fn key_create(&self, key: NewKey) -> Result<NewKey, StoreError> {
        self.writer.create(key).await
    }

    async fn key_delete(&self, did: &str, id: &str) -> Result<bool, StoreError> {
        let (did, id) = (did.to_owned(), id.to_owned());
        self.remove(move |connection| api_keys::delete(connection, &did, &id))
            .await
    }

    async fn key_list(&self, did: &str) -> Result<Vec<StoredKey>, StoreError> {
        let did = did.to_owned();
        self.read(move |connection| api_keys::list(connection, &did, usize::MAX))
            .await
    }

    async fn key_list_first(&self, did: &str, limit: u16) -> Result<Vec<StoredKey>, StoreError> {
        let did = did.to_owned();
        self.read(move |connection| api_keys::list(connection, &did, limit.into()))
            .await
    }

    async fn key_revoke(&self, did: &str, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let (did, id) = (did.to_owned(), id.to_owned());
        self.remove(move |connection| api_keys::revoke(connection, &did, &id, at))
            .await
    }

    async fn key_used(&self, uses: Vec<KeyUse>) -> Result<(), StoreError> {
        self.write(move |connection| api_keys::record_uses(connection, &uses))
            .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.check()?;
        self.read(api_keys::any).await.map(drop)
    }
}

impl Store {
    /// Returns the first keys of all accounts whose ids come after this one, by id.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn key_page(&self, after: &str, limit: u16) -> Result<Vec<StoredKey>, StoreError> {
        let after = after.to_owned();
        self.read(move |connection| api_keys::page(connection, &after, limit))
            .await
    }

    /// Runs a query that revokes or deletes a key and returns its digest. Returns whether there was such
    /// a key.
    async fn remove(
        &self,
        query: impl Fn(&mut AnyConnection) -> QueryResult<Option<Digest>> + Send + 'static,
    ) -> Result<bool, StoreError> {
        self.writer
            .write(move |connection| {
                let removed = query(connection)?;
                let effect = removed.map_or(Effect::Observed, Effect::Removed);
                Ok((removed.is_some(), effect))
            })
            .await
    }
}
