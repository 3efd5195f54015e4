//! What the key service needs of a store.

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::access::Grant;
use crate::error::StoreError;
use crate::event::{Event, StoredEvent};
use crate::filter::{KeyFilter, KeyPosition};
use crate::id::KeyId;
use crate::key::{ActiveKey, Key, KeyStatus, KeyUse, NewKey, StoredKey};
use crate::live::LiveKeys;
use crate::secret::Digest;
use crate::transaction::{KeyTransaction, TransactionFailed};

/// A store of keys.
///
/// When the future of a change completes, the change is on disk, and every trusted set of live keys
/// that is subscribed to the same store reflects it, in this process or in another. Dropping the future
/// does not undo the change.
pub trait KeyStore: Send + Sync + 'static {
    /// Loads every live key into the set, keeps the set current from then on, and decides for how long
    /// it is trusted. A store has one subscriber.
    fn key_subscribe(
        &self,
        live: Arc<LiveKeys>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes the keys that expired before a time from the subscribed set, and returns their number.
    /// The store keeps them.
    fn key_evict_expired(
        &self,
        before: DateTime<Utc>,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Returns whether there is any key at all.
    fn key_any(&self) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Returns the key with this digest, unless it was revoked. It may be expired.
    fn key_by_digest(
        &self,
        digest: Digest,
    ) -> impl Future<Output = Result<Option<ActiveKey>, StoreError>> + Send;

    /// Returns the key with this digest, whatever its state.
    fn key_find_by_digest(
        &self,
        digest: Digest,
    ) -> impl Future<Output = Result<Option<StoredKey>, StoreError>> + Send;

    /// Stores a key with its event, many of them in one step, unless the key that creates it is not as it was when
    /// the caller was authenticated. Returns whether it was stored.
    fn key_create(
        &self,
        creation: Creation,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Runs a change of keys in one transaction. Transactions run one after the other, on whatever server. It may
    /// be run twice: the first transaction may have been rolled back.
    fn key_change<T: Send + 'static>(
        &self,
        change: impl Fn(&mut dyn KeyTransaction) -> Result<T, TransactionFailed> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;

    /// Returns a key of the account.
    fn key_find(
        &self,
        did: &str,
        id: &str,
    ) -> impl Future<Output = Result<Option<StoredKey>, StoreError>> + Send;

    /// Returns the account's keys by creation time, then id, both descending.
    fn key_list(
        &self,
        did: &str,
    ) -> impl Future<Output = Result<Vec<StoredKey>, StoreError>> + Send;

    /// Returns the first keys of that list, `limit` at most.
    fn key_list_first(
        &self,
        did: &str,
        limit: u16,
    ) -> impl Future<Output = Result<Vec<StoredKey>, StoreError>> + Send;

    /// Returns the first keys of that list after a position that a filter selects, `limit` at most.
    fn key_list_page(
        &self,
        did: &str,
        filter: KeyFilter,
        after: Option<KeyPosition>,
        limit: u16,
    ) -> impl Future<Output = Result<Vec<StoredKey>, StoreError>> + Send;

    /// Returns the account's events before a number, or its last ones, the newest first: those of one key, or of
    /// all.
    fn key_events(
        &self,
        did: &str,
        id: Option<&str>,
        before: Option<i64>,
        limit: u16,
    ) -> impl Future<Output = Result<Vec<StoredEvent>, StoreError>> + Send;

    /// Records uses. A later use that is recorded already stays, and a use before the key's creation
    /// counts as one at its creation.
    fn key_used(&self, uses: Vec<KeyUse>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Checks that the store is available.
    fn ping(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A key that is to be stored, with its event.
#[derive(Clone, Debug)]
pub struct Creation {
    /// The key.
    pub key: NewKey,
    /// The event.
    pub event: Event,
    /// The key that creates it, as it was when the caller was authenticated.
    pub creator: Option<Creator>,
}

/// What has to be true of the key that creates another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creator {
    /// The key's id. It is active.
    pub id: KeyId,
    /// What it was given.
    pub grant: Grant,
}

impl Creator {
    /// Returns whether its key, as it is found at a time, is as it was when the caller was authenticated.
    pub fn is_unchanged(&self, found: &Key, at: DateTime<Utc>) -> bool {
        found.status(at) == KeyStatus::Active && found.grant() == self.grant
    }
}
