//! A store that is unavailable.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use chrono::{DateTime, Utc};
use cocore_keys::{
    ActiveKey, Creation, Digest, KeyFilter, KeyPosition, KeyStore, KeyTransaction, KeyUse,
    LiveKeys, StoreError, StoredEvent, StoredKey, TransactionFailed,
};

/// A store that only accepts a subscriber. A key that is looked up in it shows that the set was not trusted.
#[derive(Clone, Default)]
pub(crate) struct NoStore(pub(crate) Arc<Mutex<Option<Arc<LiveKeys>>>>);

impl KeyStore for NoStore {
    async fn key_subscribe(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        *self.0.lock().unwrap() = Some(live);
        Ok(())
    }
    async fn key_evict_expired(&self, _: DateTime<Utc>) -> Result<usize, StoreError> {
        unreachable!()
    }
    async fn key_any(&self) -> Result<bool, StoreError> {
        unreachable!()
    }
    async fn key_by_digest(&self, _: Digest) -> Result<Option<ActiveKey>, StoreError> {
        Err(StoreError::unavailable("asked"))
    }
    async fn key_find_by_digest(&self, _: Digest) -> Result<Option<StoredKey>, StoreError> {
        unreachable!()
    }
    async fn key_create(&self, _: Creation) -> Result<bool, StoreError> {
        unreachable!()
    }
    async fn key_change<T: Send + 'static>(
        &self,
        _: impl Fn(&mut dyn KeyTransaction) -> Result<T, TransactionFailed> + Send + 'static,
    ) -> Result<T, StoreError> {
        unreachable!()
    }
    async fn key_find(&self, _: &str, _: &str) -> Result<Option<StoredKey>, StoreError> {
        unreachable!()
    }
    async fn key_list(&self, _: &str) -> Result<Vec<StoredKey>, StoreError> {
        unreachable!()
    }
    async fn key_list_first(&self, _: &str, _: u16) -> Result<Vec<StoredKey>, StoreError> {
        unreachable!()
    }
    async fn key_list_page(
        &self,
        _: &str,
        _: KeyFilter,
        _: Option<KeyPosition>,
        _: u16,
    ) -> Result<Vec<StoredKey>, StoreError> {
        unreachable!()
    }
    async fn key_events(
        &self,
        _: &str,
        _: Option<&str>,
        _: Option<i64>,
        _: u16,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        unreachable!()
    }
    async fn key_used(&self, _: Vec<KeyUse>) -> Result<(), StoreError> {
        unreachable!()
    }
    async fn ping(&self) -> Result<(), StoreError> {
        unreachable!()
    }
}

/// Returns the result of a future that never waits.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("it waited"),
    }
}
