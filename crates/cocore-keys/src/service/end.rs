//! Revoking and deleting keys.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use lexicon_runtime::Did;

use super::{Keys, is_possible_id};
use crate::caller::{Caller, CallerCredential, Origin};
use crate::error::StoreError;
use crate::event::{Event, EventKind};
use crate::id::KeyId;
use crate::key::StoredKey;
use crate::secret::Digest;
use crate::store::KeyStore;
use crate::transaction::{KeyTransaction, TransactionFailed};

impl<S: KeyStore> Keys<S> {
    /// Revokes a key of the caller's account, and with `cascade` all that descend from it. Returns the ids of those
    /// that were not revoked before, the key itself first. A cascade begins also at a key that is revoked, replaced
    /// or deleted.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn revoke(
        &self,
        caller: &Caller,
        id: &str,
        cascade: bool,
    ) -> Result<Vec<String>, StoreError> {
        if !is_possible_id(id) {
            return Ok(Vec::new());
        }
        let (caller, id, now) = (caller.clone(), id.to_owned(), self.clock.now());
        self.store
            .key_change(move |transaction| revoke(transaction, &caller, &id, cascade, now))
            .await
    }

    /// Revokes a key on behalf of whoever holds its secret, and with `cascade` all that descend from it. Returns the
    /// number of keys that were not revoked before. A text that is no key changes nothing.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn revoke_by_holder(
        &self,
        secret: &str,
        cascade: bool,
        origin: Origin,
    ) -> Result<usize, StoreError> {
        let Some(digest) = Digest::of(secret) else {
            return Ok(0);
        };
        // What is not in memory is revoked already, or was never a key: the store is asked only for its descendants.
        if !cascade && self.is_current() && !self.live.contains(&digest) {
            return Ok(0);
        }
        let Some(StoredKey { key, .. }) = self.store.key_find_by_digest(digest).await? else {
            return Ok(0);
        };
        let (Ok(id), Ok(did)) = (KeyId::parse(&key.id), Did::parse(&*key.did)) else {
            return Ok(0);
        };
        let caller = Caller {
            did: Arc::new(did),
            credential: CallerCredential::ApiKey {
                id,
                grant: key.grant(),
            },
            origin,
        };
        let revoked = self.revoke(&caller, &key.id, cascade).await?;
        Ok(revoked.len())
    }

    /// Deletes a key of the caller's account. Returns true for the call that did it.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn delete(&self, caller: &Caller, id: &str) -> Result<bool, StoreError> {
        if !is_possible_id(id) {
            return Ok(false);
        }
        let (caller, id, now) = (caller.clone(), id.to_owned(), self.clock.now());
        self.store
            .key_change(move |transaction| {
                let deleted = transaction.delete(caller.did.as_str(), &id)?;
                if deleted {
                    let event = Event::of_deletion(&caller, &id, now);
                    transaction.record(&event)?;
                }
                Ok(deleted)
            })
            .await
    }
}

fn revoke(
    transaction: &mut dyn KeyTransaction,
    caller: &Caller,
    id: &str,
    cascade: bool,
    now: DateTime<Utc>,
) -> Result<Vec<String>, TransactionFailed> {
    let mut revoked = transaction.revoke(caller.did.as_str(), id, cascade, now)?;
    revoked.sort_unstable_by(|a, b| (a.id != id, &a.id).cmp(&(b.id != id, &b.id)));
    for key in &revoked {
        let event = Event::new(caller, EventKind::Revoked, &key.id, Some(&key.name), now);
        transaction.record(&event)?;
    }
    Ok(revoked.into_iter().map(|key| key.id).collect())
}
