//! A transaction of the key service on the tables of keys.

use chrono::{DateTime, Utc};
use cocore_keys::{
    ActiveKey, CallLimits, Change, Event, Key, KeyCounts, KeyId, KeyTransaction, NewKey,
    RevokedKey, StoredAnswer, StoredKey, TransactionFailed,
};
use diesel::QueryResult;
use diesel::result::Error as DieselError;
use lexicon_runtime::Did;

use crate::connection::AnyConnection;
use crate::write::Outcome;
use crate::{call_limits, cascade, key_answers, key_events, key_lineage, keys};

/// Runs a change of keys in the transaction of a connection.
pub(crate) fn run<T>(
    connection: &mut AnyConnection,
    change: impl Fn(&mut dyn KeyTransaction) -> Result<T, TransactionFailed>,
) -> QueryResult<(T, Outcome)> {
    let mut transaction = Transaction {
        connection,
        changes: Vec::new(),
        events: Vec::new(),
        error: None,
    };
    let result = change(&mut transaction).and_then(|result| {
        transaction.flush_events()?;
        Ok(result)
    });
    match (result, transaction.error) {
        (Ok(result), None) => Ok((result, Outcome::Keys(transaction.changes))),
        (_, error) => Err(error.unwrap_or(DieselError::RollbackTransaction)),
    }
}

struct Transaction<'c> {
    connection: &'c mut AnyConnection,
    changes: Vec<Change>,
    /// Events that are not inserted yet: a cascade records many.
    events: Vec<Event>,
    /// The error of the first statement that failed.
    error: Option<DieselError>,
}

impl Transaction<'_> {
    fn run<T>(
        &mut self,
        statement: impl FnOnce(&mut AnyConnection) -> QueryResult<T>,
    ) -> Result<T, TransactionFailed> {
        statement(self.connection).map_err(|error| {
            self.error.get_or_insert(error);
            TransactionFailed
        })
    }

    fn flush_events(&mut self) -> Result<(), TransactionFailed> {
        let events = std::mem::take(&mut self.events);
        if events.is_empty() {
            return Ok(());
        }
        self.run(|connection| key_events::insert_all(connection, &events))
    }
}

impl KeyTransaction for Transaction<'_> {
    fn find(&mut self, did: &str, id: &str) -> Result<Option<StoredKey>, TransactionFailed> {
        self.run(|connection| keys::find(connection, did, id))
    }

    fn count(&mut self, did: &str, now: DateTime<Utc>) -> Result<KeyCounts, TransactionFailed> {
        self.run(|connection| keys::counts(connection, did, now))
    }

    fn insert(&mut self, key: &NewKey) -> Result<(), TransactionFailed> {
        self.run(|connection| {
            keys::insert(connection, key)?;
            key_lineage::insert(connection, key)
        })?;
        self.changes.push(Change::Set(key.active.clone()));
        Ok(())
    }

    fn update(&mut self, stored: &StoredKey) -> Result<(), TransactionFailed> {
        self.run(|connection| keys::update(connection, &stored.key))?;
        let key = active_key(stored);
        self.changes
            .push(key.map_or(Change::Removed(stored.digest), Change::Set));
        Ok(())
    }

    fn revoke(
        &mut self,
        did: &str,
        id: &str,
        cascade: bool,
        at: DateTime<Utc>,
    ) -> Result<Vec<RevokedKey>, TransactionFailed> {
        let revoked = self.run(|connection| {
            if cascade {
                let revoked = cascade::revoke_all(connection, did, id, at)?;
                key_answers::delete_revoked(connection, did)?;
                return Ok(revoked);
            }
            let revoked = cascade::revoke_one(connection, did, id, at)?;
            if revoked.is_some() {
                key_answers::delete(connection, id)?;
            }
            Ok(revoked.into_iter().collect())
        })?;
        let digests = revoked.iter().map(|key| Change::Removed(key.digest));
        self.changes.extend(digests);
        let keys = revoked.into_iter();
        Ok(keys
            .map(|key| RevokedKey {
                id: key.id,
                name: key.name,
            })
            .collect())
    }

    fn delete(&mut self, did: &str, id: &str) -> Result<bool, TransactionFailed> {
        // Those of the key are deleted, too.
        self.flush_events()?;
        let deleted = self.run(|connection| {
            let digest = keys::delete(connection, did, id)?;
            if digest.is_some() {
                key_lineage::prune(connection, did, id)?;
                key_answers::delete(connection, id)?;
                key_events::delete(connection, id)?;
                call_limits::forget(connection, did, id)?;
            }
            Ok(digest)
        })?;
        self.changes.extend(deleted.map(Change::Removed));
        Ok(deleted.is_some())
    }

    fn remove_oldest_ended(
        &mut self,
        did: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, TransactionFailed> {
        let removed = self.run(|connection| {
            let Some(id) = keys::oldest_ended(connection, did, now)? else {
                return Ok(None);
            };
            let digest = keys::delete(connection, did, &id)?;
            key_lineage::prune(connection, did, &id)?;
            key_answers::delete(connection, &id)?;
            call_limits::forget(connection, did, &id)?;
            Ok(digest)
        })?;
        self.changes.extend(removed.map(Change::Removed));
        Ok(removed.is_some())
    }

    fn parents(&mut self, did: &str, id: &str) -> Result<Vec<String>, TransactionFailed> {
        self.run(|connection| key_lineage::parents(connection, did, id))
    }

    fn is_descendant(
        &mut self,
        did: &str,
        id: &str,
        ancestor: &str,
    ) -> Result<bool, TransactionFailed> {
        self.run(|connection| cascade::is_descendant(connection, did, id, ancestor))
    }

    fn set_limits(
        &mut self,
        did: &str,
        id: Option<&str>,
        limits: &CallLimits,
    ) -> Result<(), TransactionFailed> {
        self.run(|connection| call_limits::set(connection, did, id, limits))
    }

    fn transfer_limits(
        &mut self,
        did: &str,
        old: &str,
        new: &str,
    ) -> Result<(), TransactionFailed> {
        self.run(|connection| call_limits::transfer(connection, did, old, new))
    }

    fn record(&mut self, event: &Event) -> Result<(), TransactionFailed> {
        self.events.push(event.clone());
        Ok(())
    }

    fn forget_answers(&mut self, id: &str) -> Result<(), TransactionFailed> {
        self.run(|connection| key_answers::delete(connection, id))
    }

    fn answer(
        &mut self,
        request: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<StoredAnswer>, TransactionFailed> {
        self.run(|connection| key_answers::find(connection, request, now))
    }

    fn remember(&mut self, answer: &StoredAnswer) -> Result<(), TransactionFailed> {
        self.run(|connection| key_answers::insert(connection, answer))
    }
}

/// Returns what authenticates of a key, unless it is revoked, or another program has written its row.
fn active_key(stored: &StoredKey) -> Option<ActiveKey> {
    let Key {
        id,
        did,
        created_at,
        expires_at,
        last_used_at,
        access,
        ..
    } = stored.key.clone();
    if stored.key.revoked_at.is_some() {
        return None;
    }
    Some(ActiveKey {
        digest: stored.digest,
        id: KeyId::parse(&id).ok()?,
        did: Did::parse(did).ok()?.into(),
        created_at,
        expires_at,
        last_used_at,
        access,
    })
}
