//! What the key service needs of a store.

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::error::StoreError;
use crate::key::{ActiveKey, KeyUse, NewKey, StoredKey};
use crate::live::LiveKeys;
use crate::secret::Digest;

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

    /// Stores a key, and returns it.
    fn key_create(&self, key: NewKey) -> impl Future<Output = Result<NewKey, StoreError>> + Send;

    /// Deletes a key of the account, and returns whether it existed.
    fn key_delete(
        &self,
        did: &str,
        id: &str,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

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

    /// Revokes a key of the account, and returns whether it existed and was not revoked before.
    fn key_revoke(
        &self,
        did: &str,
        id: &str,
        at: DateTime<Utc>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Records uses. A later use that is recorded already stays, and a use before the key's creation
    /// counts as one at its creation.
    fn key_used(&self, uses: Vec<KeyUse>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Checks that the store is available.
    fn ping(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}
