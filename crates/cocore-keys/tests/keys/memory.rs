//! A store in memory. It can be made unavailable.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use cocore_keys::{
    ActiveKey, Creation, Digest, KeyFilter, KeyPosition, KeyStore, KeyTransaction, KeyUse,
    LiveKeys, LiveKeysWriter, StoreError, StoredEvent, StoredKey, TransactionFailed,
};

use crate::tables::{Tables, Transaction, active, by_digest};

#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) tables: Mutex<Tables>,
    pub(crate) subscriber: Mutex<Option<LiveKeysWriter>>,
    pub(crate) down: Mutex<Option<&'static str>>,
    /// How many statements of the next transaction succeed.
    pub(crate) fails_after: Mutex<Option<u32>>,
    /// What another server does before the next transaction.
    pub(crate) before: Mutex<Option<Box<Before>>>,
    /// How many times uses were written.
    pub(crate) written: Mutex<u32>,
    /// What the next write of uses waits for.
    pub(crate) hold: Mutex<Option<Arc<tokio::sync::Notify>>>,
}

/// A change of the tables.
pub(crate) type Before = dyn FnOnce(&mut dyn KeyTransaction) + Send;

impl Memory {
    fn down(&self, operation: &str) -> Result<(), StoreError> {
        match *self.down.lock().unwrap() {
            Some(down) if down == operation || down == "all" => {
                Err(StoreError::unavailable("down"))
            }
            _ => Ok(()),
        }
    }

    /// Runs a change in a transaction, twice, as a store may: the first one is rolled back.
    fn transaction<T>(
        &self,
        change: impl Fn(&mut Transaction) -> Result<T, TransactionFailed>,
    ) -> Result<T, StoreError> {
        let begin = |tables: &Tables, fails_after| Transaction {
            tables: tables.clone(),
            changes: Vec::new(),
            fails_after,
        };
        let mut tables = self.tables.lock().unwrap();
        let fails_after = self.fails_after.lock().unwrap().take();
        if let Some(before) = self.before.lock().unwrap().take() {
            let mut transaction = begin(&tables, None);
            before(&mut transaction);
            self.commit(transaction, &mut tables);
        }
        let _ = change(&mut begin(&tables, None));
        let mut transaction = begin(&tables, fails_after);
        let result = change(&mut transaction);
        let failed = |_| StoreError::unavailable("a statement failed");
        let result = result.map_err(failed)?;
        self.commit(transaction, &mut tables);
        Ok(result)
    }

    fn commit(&self, transaction: Transaction, tables: &mut Tables) {
        *tables = transaction.tables;
        if let Some(writer) = &mut *self.subscriber.lock().unwrap() {
            let changes = transaction.changes.iter();
            changes.for_each(|change| writer.apply(change));
        }
    }

    fn read<T>(&self, operation: &str, query: impl FnOnce(&Tables) -> T) -> Result<T, StoreError> {
        self.down(operation)?;
        Ok(query(&self.tables.lock().unwrap()))
    }
}

/// The same store for the service and the test.
#[derive(Clone, Default)]
pub(crate) struct Shared(pub(crate) Arc<Memory>);

impl KeyStore for Shared {
    async fn key_subscribe(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        self.0.down("subscribe")?;
        let mut writer = LiveKeysWriter::new(&live).unwrap();
        let tables = self.0.tables.lock().unwrap();
        let kept = tables.keys.iter().filter_map(active);
        kept.for_each(|key| writer.set(&key));
        writer.trust();
        *self.0.subscriber.lock().unwrap() = Some(writer);
        Ok(())
    }

    async fn key_evict_expired(&self, before: DateTime<Utc>) -> Result<usize, StoreError> {
        let mut subscriber = self.0.subscriber.lock().unwrap();
        Ok(subscriber.as_mut().unwrap().evict_expired(before))
    }

    async fn key_any(&self) -> Result<bool, StoreError> {
        self.0.read("any", |tables| !tables.keys.is_empty())
    }

    async fn key_by_digest(&self, digest: Digest) -> Result<Option<ActiveKey>, StoreError> {
        self.0.read("by_digest", |tables| by_digest(tables, digest))
    }

    async fn key_find_by_digest(&self, digest: Digest) -> Result<Option<StoredKey>, StoreError> {
        self.0.read("find_by_digest", |tables| {
            let mut keys = tables.keys.iter();
            keys.find(|row| row.digest == digest).cloned()
        })
    }

    async fn key_create(&self, creation: Creation) -> Result<bool, StoreError> {
        self.0.down("create")?;
        self.0
            .transaction(|transaction| transaction.create(&creation))
    }

    async fn key_change<T: Send + 'static>(
        &self,
        change: impl Fn(&mut dyn KeyTransaction) -> Result<T, TransactionFailed> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0.down("change")?;
        self.0.transaction(|transaction| change(transaction))
    }

    async fn key_find(&self, did: &str, id: &str) -> Result<Option<StoredKey>, StoreError> {
        let mut keys = self.key_list(did).await?.into_iter();
        Ok(keys.find(|row| row.key.id == id))
    }

    async fn key_list(&self, did: &str) -> Result<Vec<StoredKey>, StoreError> {
        let is_own = |row: &&StoredKey| row.key.did == did;
        let mut keys: Vec<_> = self.0.read("list", |tables| {
            tables.keys.iter().filter(is_own).cloned().collect()
        })?;
        keys.sort_by(|a: &StoredKey, b| {
            let position = |row: &StoredKey| (row.key.created_at, row.key.id.clone());
            position(b).cmp(&position(a))
        });
        Ok(keys)
    }

    async fn key_list_first(&self, did: &str, limit: u16) -> Result<Vec<StoredKey>, StoreError> {
        let mut keys = self.key_list(did).await?;
        keys.truncate(limit.into());
        Ok(keys)
    }

    async fn key_list_page(
        &self,
        did: &str,
        filter: KeyFilter,
        after: Option<KeyPosition>,
        limit: u16,
    ) -> Result<Vec<StoredKey>, StoreError> {
        let mut keys = self.key_list(did).await?;
        keys.retain(|StoredKey { key, .. }| {
            let is_after = after
                .as_ref()
                .is_none_or(|after| (key.created_at, &key.id) < (after.created_at, &after.id));
            let has_status = filter
                .status
                .is_none_or(|(status, now)| key.status(now) == status);
            let has_text = filter.text.as_ref().is_none_or(|text| {
                let name = key.name.to_ascii_lowercase();
                name.contains(&text.to_ascii_lowercase()) || key.prefix.starts_with(text)
            });
            is_after && has_status && has_text
        });
        keys.truncate(limit.into());
        Ok(keys)
    }

    async fn key_events(
        &self,
        did: &str,
        id: Option<&str>,
        before: Option<i64>,
        limit: u16,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let is_found = |stored: &&StoredEvent| {
            stored.event.did == did
                && id.is_none_or(|id| stored.event.key_id == id)
                && before.is_none_or(|before| stored.number < before)
        };
        self.0.read("events", |tables| {
            let events = tables.events.iter().rev().filter(is_found);
            events.take(limit.into()).cloned().collect()
        })
    }

    async fn key_used(&self, uses: Vec<KeyUse>) -> Result<(), StoreError> {
        self.0.down("used")?;
        let hold = self.0.hold.lock().unwrap().take();
        if let Some(hold) = hold {
            hold.notified().await;
        }
        *self.0.written.lock().unwrap() += 1;
        let mut tables = self.0.tables.lock().unwrap();
        for KeyUse { id, at } in uses {
            let id = id.to_string();
            for StoredKey { key, .. } in tables.keys.iter_mut().filter(|row| row.key.id == id) {
                key.last_used_at = key.last_used_at.max(Some(at));
            }
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.0.down("ping")
    }
}
