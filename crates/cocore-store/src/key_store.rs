//! The store as the key service sees it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use cocore_keys::{
    ActiveKey, Creation, Digest, KeyFilter, KeyPosition, KeyStore, KeyTransaction, KeyUse,
    LiveKeys, StoreError, StoredEvent, StoredKey, TransactionFailed,
};

use crate::store::Store;
use crate::{key_events, key_pages, key_transaction, keys};

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
        self.read(keys::any).await
    }

    async fn key_by_digest(&self, digest: Digest) -> Result<Option<ActiveKey>, StoreError> {
        self.read(move |connection| keys::by_digest(connection, digest))
            .await
    }

    async fn key_find_by_digest(&self, digest: Digest) -> Result<Option<StoredKey>, StoreError> {
        self.read(move |connection| keys::find_by_digest(connection, digest))
            .await
    }

    async fn key_create(&self, creation: Creation) -> Result<bool, StoreError> {
        self.writer.create(creation).await
    }

    async fn key_change<T: Send + 'static>(
        &self,
        change: impl Fn(&mut dyn KeyTransaction) -> Result<T, TransactionFailed> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer
            .write(move |connection| key_transaction::run(connection, &change))
            .await
    }

    async fn key_find(&self, did: &str, id: &str) -> Result<Option<StoredKey>, StoreError> {
        let (did, id) = (did.to_owned(), id.to_owned());
        self.read(move |connection| keys::find(connection, &did, &id))
            .await
    }

    async fn key_list(&self, did: &str) -> Result<Vec<StoredKey>, StoreError> {
        let did = did.to_owned();
        self.read(move |connection| keys::list(connection, &did, usize::MAX))
            .await
    }

    async fn key_list_first(&self, did: &str, limit: u16) -> Result<Vec<StoredKey>, StoreError> {
        let did = did.to_owned();
        self.read(move |connection| keys::list(connection, &did, limit.into()))
            .await
    }

    async fn key_list_page(
        &self,
        did: &str,
        filter: KeyFilter,
        after: Option<KeyPosition>,
        limit: u16,
    ) -> Result<Vec<StoredKey>, StoreError> {
        let did = did.to_owned();
        self.read(move |connection| {
            key_pages::list(connection, &did, &filter, after.as_ref(), limit)
        })
        .await
    }

    async fn key_events(
        &self,
        did: &str,
        id: Option<&str>,
        before: Option<i64>,
        limit: u16,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let (did, id) = (did.to_owned(), id.map(str::to_owned));
        self.read(move |connection| {
            key_events::list(connection, &did, id.as_deref(), before, limit)
        })
        .await
    }

    async fn key_used(&self, uses: Vec<KeyUse>) -> Result<(), StoreError> {
        self.write(move |connection| keys::record_uses(connection, &uses))
            .await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.check()?;
        self.read(keys::any).await.map(drop)
    }
}

impl Store {
    /// Returns the first keys of all accounts whose ids come after this one, by id.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn key_page(&self, after: &str, limit: u16) -> Result<Vec<StoredKey>, StoreError> {
        let after = after.to_owned();
        self.read(move |connection| key_pages::all(connection, &after, limit))
            .await
    }

    /// Returns the events of all accounts before a number, or the last ones, the newest first, `limit` at most: those
    /// of one key, or of all.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn event_page(
        &self,
        key: Option<&str>,
        before: Option<i64>,
        limit: u16,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let key = key.map(str::to_owned);
        self.read(move |connection| key_events::list_all(connection, key.as_deref(), before, limit))
            .await
    }
}
