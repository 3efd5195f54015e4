//! Changing a key: its name, its note, its expiry, and its scopes, which only become narrower.

use chrono::{DateTime, Utc};

use super::create::{check_creator, creator};
use super::error::KeyError;
use super::stop::Stop;
use super::{Keys, is_possible_id};
use crate::access::TooWide;
use crate::caller::{Caller, CallerCredential};
use crate::event::{Event, EventKind};
use crate::expiry::parse_expiry;
use crate::key::{Key, StoredKey};
use crate::name::{KeyName, KeyNote};
use crate::scope::Scopes;
use crate::store::KeyStore;
use crate::transaction::KeyTransaction;

/// What is to be changed of a key. `None` leaves a value as it is.
#[derive(Clone, Debug, Default)]
pub struct KeyUpdate {
    /// Its label.
    pub name: Option<KeyName>,
    /// Its note. `Some(None)` removes it.
    pub note: Option<Option<KeyNote>>,
    /// When it expires. `Some(None)` is never.
    pub expires_at: Option<Option<DateTime<Utc>>>,
    /// What it may do: no more than before.
    pub scopes: Option<Scopes>,
}

impl<S: KeyStore> Keys<S> {
    /// Changes an active key of the caller's account, and returns it. What is narrower holds on every server once
    /// this returns. A key as the caller can extend only keys that descend from it and have no more than it has.
    ///
    /// # Errors
    /// There is no such key, it is not active, its scopes would be wider, its expiry is invalid or later than this
    /// caller may set, or the caller's key is not active any more, or was changed meanwhile.
    pub async fn update(
        &self,
        caller: &Caller,
        id: &str,
        mut update: KeyUpdate,
    ) -> Result<Key, KeyError> {
        if !is_possible_id(id) {
            return Err(KeyError::NotFound);
        }
        let now = self.clock.now();
        if let Some(Some(at)) = &mut update.expires_at {
            *at = parse_expiry(*at, now)?;
        }
        let (caller, id) = (caller.clone(), id.to_owned());
        let updated = self.change(move |transaction| run(transaction, &caller, &id, &update, now));
        Ok(self.with_last_use(updated.await?))
    }
}

fn run(
    transaction: &mut dyn KeyTransaction,
    caller: &Caller,
    id: &str,
    update: &KeyUpdate,
    now: DateTime<Utc>,
) -> Result<StoredKey, Stop> {
    let did = caller.did.as_str();
    check_creator(transaction, did, creator(caller).as_ref(), now)?;
    let before = transaction.find(did, id)?.ok_or(KeyError::NotFound)?;
    if !before.key.is_changeable(now) {
        return Err(KeyError::NotActive.into());
    }
    let mut after = before.clone();
    apply(&mut after.key, update)?;
    if let CallerCredential::ApiKey { id: own, grant } = &caller.credential
        && is_extension(&before.key, update)
    {
        if !transaction.is_descendant(did, id, &own.to_string())? {
            return Err(KeyError::NotDescendant.into());
        }
        // The scopes of the caller may have been narrowed since it created this key.
        let within = after.key.grant().check_within(grant);
        within.map_err(KeyError::from)?;
    }
    if after != before {
        transaction.update(&after)?;
        let event = Event::new(caller, EventKind::Updated, id, Some(&after.key.name), now);
        transaction.record(&event)?;
    }
    Ok(after)
}

/// Returns whether a key would expire later.
fn is_extension(before: &Key, update: &KeyUpdate) -> bool {
    match (before.expires_at, update.expires_at) {
        (None, _) | (_, None) => false,
        (Some(_), Some(None)) => true,
        (Some(before), Some(Some(after))) => after > before,
    }
}

fn apply(key: &mut Key, update: &KeyUpdate) -> Result<(), KeyError> {
    if let Some(name) = &update.name {
        key.name = name.as_str().to_owned();
    }
    if let Some(note) = &update.note {
        key.note = note.as_ref().map(|note| note.as_str().to_owned());
    }
    if let Some(expires_at) = update.expires_at {
        key.expires_at = expires_at;
    }
    if let Some(scopes) = &update.scopes {
        let narrower = key.access.with_scopes(scopes.clone());
        match narrower.check_within(&key.access) {
            Err(TooWide::Scope(scope)) => return Err(KeyError::Wider(scope)),
            other => other?,
        }
        key.access = narrower;
    }
    Ok(())
}
