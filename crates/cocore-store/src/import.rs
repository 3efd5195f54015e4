//! Importing keys that another service has created. Importing them again changes nothing: a key is recognized by its
//! digest, and one that was removed here by its events.

mod plan;
mod rows;

use chrono::{DateTime, Utc};
use cocore_keys::{
    Access, ActiveKey, Change, Event, EventCredential, EventKind, KeyId, Origin, StoreError,
};
use diesel::QueryResult;

use crate::connection::AnyConnection;
use crate::store::Store;
use crate::write::Outcome;
use crate::{cascade, key_answers, key_events};

pub use plan::{ImportOutcome, ImportedKey, plan_into_empty};

impl Store {
    /// Imports keys, and returns what was done with each of them, in their order. They are active on every server
    /// once this returns. No quota applies. The audit trail records that the operator created them. At most some
    /// thousand keys fit into the time of a write.
    ///
    /// # Errors
    /// The database is unavailable. Then nothing was imported.
    pub async fn import_keys(
        &self,
        keys: Vec<ImportedKey>,
        now: DateTime<Utc>,
    ) -> Result<Vec<ImportOutcome>, StoreError> {
        self.writer
            .write(move |connection| import(connection, &keys, now))
            .await
    }

    /// Returns what [`import_keys`](Self::import_keys) would do now, and changes nothing.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn plan_import(
        &self,
        keys: Vec<ImportedKey>,
    ) -> Result<Vec<ImportOutcome>, StoreError> {
        self.read(move |connection| plan(connection, &keys)).await
    }
}

fn plan(connection: &mut AnyConnection, keys: &[ImportedKey]) -> QueryResult<Vec<ImportOutcome>> {
    let mut found = rows::find(connection, keys)?;
    let outcomes = keys.iter().map(|key| found.outcome(key));
    Ok(outcomes.collect())
}

fn import(
    connection: &mut AnyConnection,
    keys: &[ImportedKey],
    now: DateTime<Utc>,
) -> QueryResult<(Vec<ImportOutcome>, Outcome)> {
    let outcomes = plan(connection, keys)?;
    let (mut changes, mut new, mut events) = (Vec::new(), Vec::new(), Vec::new());
    for (key, outcome) in keys.iter().zip(&outcomes) {
        match outcome {
            ImportOutcome::Imported(id) => {
                new.push((&**id, key));
                events.push(event(key, EventKind::Created, id, now));
                changes.extend(active_key(key, id, now).map(Change::Set));
            }
            ImportOutcome::Revoked(id) => {
                cascade::revoke_one(connection, key.did.as_str(), id, now)?;
                key_answers::delete(connection, id)?;
                events.push(event(key, EventKind::Revoked, id, now));
                changes.push(Change::Removed(key.digest));
            }
            ImportOutcome::Exists(_) | ImportOutcome::OtherAccount | ImportOutcome::Removed(_) => {}
        }
    }
    rows::insert(connection, &new)?;
    key_events::insert_all(connection, &events)?;
    Ok((outcomes, Outcome::Keys(changes)))
}

/// Returns what authenticates of a key, if it is active.
fn active_key(key: &ImportedKey, id: &str, now: DateTime<Utc>) -> Option<ActiveKey> {
    let is_ended = key.revoked_at.is_some() || key.expires_at.is_some_and(|end| end <= now);
    if is_ended {
        return None;
    }
    Some(ActiveKey {
        digest: key.digest,
        id: KeyId::parse(id).ok()?,
        did: key.did.clone(),
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        access: Access::EVERYTHING,
    })
}

fn event(key: &ImportedKey, kind: EventKind, id: &str, now: DateTime<Utc>) -> Event {
    Event {
        at: now,
        kind,
        did: key.did.as_str().to_owned(),
        key_id: id.to_owned(),
        key_name: Some(key.name.as_str().to_owned()),
        credential: EventCredential::Operator,
        by_key: None,
        origin: Origin::default(),
    }
}
