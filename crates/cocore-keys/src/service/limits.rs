//! Limits of the calls that are made with a key, or by an account.

use chrono::{DateTime, Utc};

use super::create::{check_creator, creator};
use super::error::KeyError;
use super::stop::Stop;
use super::{Keys, is_possible_id};
use crate::call_limits::CallLimits;
use crate::caller::{Caller, CallerCredential};
use crate::event::{Event, EventKind};
use crate::store::KeyStore;
use crate::transaction::KeyTransaction;

impl<S: KeyStore> Keys<S> {
    /// Replaces the limits of an active key of the caller's account, or, without an id, of the account itself. They hold
    /// for the calls that are made with the key and with all keys that descend from it. A key sets only those of its
    /// descendants, and an account not its own: that is the operator's.
    ///
    /// # Errors
    /// There is no such key, it is not active, the caller may not set its limits, or the caller's key is not active any
    /// more, or was changed meanwhile.
    pub async fn set_limits(
        &self,
        caller: &Caller,
        id: Option<&str>,
        limits: CallLimits,
    ) -> Result<(), KeyError> {
        if id.is_some_and(|id| !is_possible_id(id)) {
            return Err(KeyError::NotFound);
        }
        let now = self.clock.now();
        let (caller, id) = (caller.clone(), id.map(str::to_owned));
        self.change(move |transaction| run(transaction, &caller, id.as_deref(), &limits, now))
            .await
    }
}

fn run(
    transaction: &mut dyn KeyTransaction,
    caller: &Caller,
    id: Option<&str>,
    limits: &CallLimits,
    now: DateTime<Utc>,
) -> Result<(), Stop> {
    let did = caller.did.as_str();
    let Some(id) = id else {
        if caller.credential != CallerCredential::Operator {
            return Err(KeyError::OperatorOnly.into());
        }
        return Ok(transaction.set_limits(did, None, limits)?);
    };
    check_creator(transaction, did, creator(caller).as_ref(), now)?;
    let found = transaction.find(did, id)?.ok_or(KeyError::NotFound)?;
    if !found.key.is_changeable(now) {
        return Err(KeyError::NotActive.into());
    }
    if let Some(own) = caller.key_id().map(|own| own.to_string()) {
        // The limits of whatever the caller descends from hold for it, too: a key descends from the one that replaces it.
        if !transaction.is_descendant(did, id, &own)? || transaction.is_descendant(did, &own, id)? {
            return Err(KeyError::OwnLimits.into());
        }
    }
    transaction.set_limits(did, Some(id), limits)?;
    let event = Event::new(caller, EventKind::Limited, id, Some(&found.key.name), now);
    Ok(transaction.record(&event)?)
}
