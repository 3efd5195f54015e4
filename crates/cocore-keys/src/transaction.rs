//! A transaction that changes keys of one account.

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::call_limits::CallLimits;
use crate::event::Event;
use crate::idempotency::StoredAnswer;
use crate::key::{NewKey, StoredKey};
use crate::quota::KeyCounts;

/// A statement failed. The store knows the reason, and rolls the transaction back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the transaction failed")]
pub struct TransactionFailed;

/// A key that a transaction has revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedKey {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The statements of a transaction on the keys of an account. Every one of them fails only if the store is
/// unavailable, or if a row with the same id or digest exists.
pub trait KeyTransaction {
    /// Returns a key of the account.
    ///
    /// # Errors
    /// The statement failed.
    fn find(&mut self, did: &str, id: &str) -> Result<Option<StoredKey>, TransactionFailed>;

    /// Returns how many keys the account has at a time.
    ///
    /// # Errors
    /// The statement failed.
    fn count(&mut self, did: &str, now: DateTime<Utc>) -> Result<KeyCounts, TransactionFailed>;

    /// Inserts a key with its lineage.
    ///
    /// # Errors
    /// The statement failed.
    fn insert(&mut self, key: &NewKey) -> Result<(), TransactionFailed>;

    /// Writes the name, the note, the scopes, the expiry and the replacement of a key.
    ///
    /// # Errors
    /// The statement failed.
    fn update(&mut self, key: &StoredKey) -> Result<(), TransactionFailed>;

    /// Revokes a key of the account, and with `cascade` all that descend from it, and returns those that were not
    /// revoked before. The key itself may be deleted.
    ///
    /// # Errors
    /// The statement failed.
    fn revoke(
        &mut self,
        did: &str,
        id: &str,
        cascade: bool,
        at: DateTime<Utc>,
    ) -> Result<Vec<RevokedKey>, TransactionFailed>;

    /// Deletes a key of the account and its events. Returns whether it existed. Its lineage stays while another key
    /// descends from it.
    ///
    /// # Errors
    /// The statement failed.
    fn delete(&mut self, did: &str, id: &str) -> Result<bool, TransactionFailed>;

    /// Removes the oldest key of the account that is expired or revoked at a time, and keeps its events. Returns
    /// whether there was one.
    ///
    /// # Errors
    /// The statement failed.
    fn remove_oldest_ended(
        &mut self,
        did: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, TransactionFailed>;

    /// Returns the ids of the keys from which a cascade reaches a key of the account in one step.
    ///
    /// # Errors
    /// The statement failed.
    fn parents(&mut self, did: &str, id: &str) -> Result<Vec<String>, TransactionFailed>;

    /// Returns whether a key descends from another one of the account.
    ///
    /// # Errors
    /// The statement failed.
    fn is_descendant(
        &mut self,
        did: &str,
        id: &str,
        ancestor: &str,
    ) -> Result<bool, TransactionFailed>;

    /// Replaces the limits of the calls of a key of the account, or of the account itself.
    ///
    /// # Errors
    /// The statement failed.
    fn set_limits(
        &mut self,
        did: &str,
        id: Option<&str>,
        limits: &CallLimits,
    ) -> Result<(), TransactionFailed>;

    /// Gives the limits of a key to the one that replaces it, with what is spent of them.
    ///
    /// # Errors
    /// The statement failed.
    fn transfer_limits(&mut self, did: &str, old: &str, new: &str)
    -> Result<(), TransactionFailed>;

    /// Adds an event to the audit trail.
    ///
    /// # Errors
    /// The statement failed.
    fn record(&mut self, event: &Event) -> Result<(), TransactionFailed>;

    /// Removes the stored answers that contain the secret of a key. [`revoke`](Self::revoke) and
    /// [`delete`](Self::delete) do so themselves.
    ///
    /// # Errors
    /// The statement failed.
    fn forget_answers(&mut self, id: &str) -> Result<(), TransactionFailed>;

    /// Returns the stored answer to a request, unless it is expired.
    ///
    /// # Errors
    /// The statement failed.
    fn answer(
        &mut self,
        request: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<StoredAnswer>, TransactionFailed>;

    /// Stores the answer to a request.
    ///
    /// # Errors
    /// The statement failed.
    fn remember(&mut self, answer: &StoredAnswer) -> Result<(), TransactionFailed>;
}
