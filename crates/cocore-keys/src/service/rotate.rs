//! Replacing a key by a new one.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::create::{Created, check_creator, creator, earlier_answer};
use super::error::KeyError;
use super::stop::Stop;
use super::{Keys, is_possible_id};
use crate::caller::{Caller, CallerCredential};
use crate::event::{Event, EventKind};
use crate::id::KeyId;
use crate::idempotency::Repeatable;
use crate::key::{ActiveKey, Key, Lineage, NewKey, StoredKey};
use crate::name::{KeyName, KeyNote};
use crate::quota::Quota;
use crate::secret::Secret;
use crate::store::KeyStore;
use crate::transaction::{KeyTransaction, TransactionFailed};

/// The longest grace period: seven days.
pub const MAX_GRACE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl<S: KeyStore> Keys<S> {
    /// Replaces a key of the caller's account by a new one with the same name, note, expiry, scopes and models. The
    /// old key is revoked, or, with a grace period of at most seven days, expires after it. The same repeatable
    /// request creates one key.
    ///
    /// # Errors
    /// There is no such key, it is not active, the new key would have more than the caller, too many keys of the
    /// account are in their grace period, or the caller's key is not active any more, or was changed meanwhile.
    pub async fn rotate(
        &self,
        caller: &Caller,
        id: &str,
        grace: Duration,
        repeatable: Option<Repeatable>,
    ) -> Result<Created, KeyError> {
        let (new_id, now) = self.next_id()?;
        if !is_possible_id(id) {
            return Err(KeyError::NotFound);
        }
        let bytes = self.random()?;
        let rotation = Rotation {
            caller: caller.clone(),
            old_id: id.to_owned(),
            new_id,
            secret: Secret::from_random(bytes),
            grace: grace.min(MAX_GRACE),
            quota: self.quota_of(caller),
            repeatable,
            now,
        };
        let rotated = self.change(move |transaction| rotation.run(transaction));
        Ok(match rotated.await? {
            Rotated::New(key) => Created::New(key, Secret::from_random(bytes)),
            Rotated::Repeated(sealed) => Created::Repeated(sealed),
        })
    }
}

/// A rotation, as its transaction carries it out.
struct Rotation {
    caller: Caller,
    old_id: String,
    new_id: KeyId,
    secret: Secret,
    grace: Duration,
    quota: Quota,
    repeatable: Option<Repeatable>,
    now: DateTime<Utc>,
}

/// What the transaction has done.
enum Rotated {
    /// It has created this key.
    New(Box<Key>),
    /// It has found the encrypted answer to the same request.
    Repeated(Vec<u8>),
}

impl Rotation {
    fn run(&self, transaction: &mut dyn KeyTransaction) -> Result<Rotated, Stop> {
        let (did, now) = (self.caller.did.as_str(), self.now);
        if let Some(sealed) = earlier_answer(transaction, self.repeatable.as_ref(), now)? {
            return Ok(Rotated::Repeated(sealed));
        }
        check_creator(transaction, did, creator(&self.caller).as_ref(), now)?;
        let found = transaction.find(did, &self.old_id)?;
        let old = found.ok_or(KeyError::NotFound)?;
        self.check(&old.key)?;
        self.make_room(transaction)?;
        let lineage = self.lineage(transaction, &old.key)?;
        let key = self.replacement(&old.key, lineage);
        transaction.insert(&key)?;
        self.end(transaction, &old)?;
        let new_id = self.new_id.to_string();
        transaction.transfer_limits(did, &self.old_id, &new_id)?;
        for (kind, id) in [
            (EventKind::Rotated, &old.key.id),
            (EventKind::Created, &new_id),
        ] {
            let event = Event::new(&self.caller, kind, id, Some(&old.key.name), now);
            transaction.record(&event)?;
        }
        if let Some(repeatable) = &self.repeatable {
            transaction.remember(&repeatable.answer(&key, &self.secret, now))?;
        }
        Ok(Rotated::New(Box::new(key.into())))
    }

    /// Checks that a key may be replaced by this caller.
    fn check(&self, old: &Key) -> Result<(), KeyError> {
        if !old.is_changeable(self.now) {
            return Err(KeyError::NotActive);
        }
        if let CallerCredential::ApiKey { grant, .. } = &self.caller.credential {
            old.grant().check_within(grant)?;
        }
        Ok(())
    }

    /// Checks the quota. A key in its grace period is still active, and its replacement is, too.
    fn make_room(&self, transaction: &mut dyn KeyTransaction) -> Result<(), Stop> {
        if self.quota.is_unlimited() {
            return Ok(());
        }
        let did = self.caller.did.as_str();
        let counts = transaction.count(did, self.now)?;
        let exceeded = self.quota.exceeded_by_replaced(counts);
        if let Some(max) = exceeded.filter(|_| !self.grace.is_zero()) {
            return Err(KeyError::QuotaExceeded(max.get()).into());
        }
        // Without a grace period, the replaced key is removed next time.
        if self.quota.is_full(counts)
            && !transaction.remove_oldest_ended(did, self.now)?
            && !self.grace.is_zero()
        {
            return Err(KeyError::QuotaExceeded(counts.all).into());
        }
        Ok(())
    }

    fn replacement(&self, old: &Key, lineage: Lineage) -> NewKey {
        NewKey {
            active: ActiveKey {
                digest: self.secret.digest(),
                id: self.new_id,
                did: self.caller.did.clone(),
                created_at: self.now,
                expires_at: old.expires_at,
                last_used_at: None,
                access: old.access.clone(),
            },
            name: KeyName::from_stored(old.name.clone()),
            prefix: self.secret.prefix().to_owned(),
            note: old.note.clone().map(KeyNote::from_stored),
            lineage,
        }
    }

    /// Returns where the replacement comes from. It keeps the parents of the key that it replaces, also if another key
    /// creates it and is its parent: whoever holds that key can revoke what it made. A key that replaces itself leads
    /// to its parents already.
    fn lineage(
        &self,
        transaction: &mut dyn KeyTransaction,
        old: &Key,
    ) -> Result<Lineage, TransactionFailed> {
        let creator = self.caller.key_id().map(|id| id.to_string());
        let mut inherited_parents = Vec::new();
        if creator.as_ref() != Some(&old.id) {
            inherited_parents = transaction.parents(self.caller.did.as_str(), &old.id)?;
        }
        let parent = creator.or_else(|| old.parent.clone());
        inherited_parents.retain(|inherited| Some(inherited) != parent.as_ref());
        Ok(Lineage {
            parent,
            inherited_parents,
            replaces: Some(old.id.clone()),
        })
    }

    /// Revokes the replaced key, or lets it expire after the grace period, not after its own expiry.
    fn end(
        &self,
        transaction: &mut dyn KeyTransaction,
        old: &StoredKey,
    ) -> Result<(), TransactionFailed> {
        let mut replaced = old.clone();
        replaced.key.replaced_by = Some(self.new_id.to_string());
        if !self.grace.is_zero() {
            let end = self.now + self.grace;
            replaced.key.expires_at = old.key.expires_at.map_or(Some(end), |at| Some(at.min(end)));
        }
        transaction.update(&replaced)?;
        if self.grace.is_zero() {
            let did = self.caller.did.as_str();
            transaction.revoke(did, &self.old_id, false, self.now)?;
        } else {
            transaction.forget_answers(&self.old_id)?;
        }
        Ok(())
    }
}
