//! Revoking and deleting keys.

use chrono::{DateTime, Utc};

use super::{Keys, is_possible_id};
use crate::caller::Caller;
use crate::error::StoreError;
use crate::event::{Event, EventKind};
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
