//! The tables of the store in memory, and a transaction on them.

use chrono::{DateTime, Utc};
use cocore_keys::{
    ActiveKey, CallLimits, Change, Creation, Digest, Event, Key, KeyCounts, KeyId, KeyStatus,
    KeyTransaction, NewKey, RevokedKey, StoredAnswer, StoredEvent, StoredKey, TransactionFailed,
};
use lexicon_runtime::Did;

/// A row of the lineage: a cascade from one key reaches another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) did: String,
    pub(crate) ancestor: String,
    pub(crate) descendant: String,
}

/// What is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(crate) keys: Vec<StoredKey>,
    pub(crate) lineage: Vec<Edge>,
    pub(crate) events: Vec<StoredEvent>,
    pub(crate) answers: Vec<StoredAnswer>,
    /// The limits of keys, and of the account, which has an empty id.
    pub(crate) limits: Vec<(String, String, CallLimits)>,
}

impl Tables {
    /// Returns the keys of an account.
    fn of<'t>(&'t self, did: &'t str) -> impl DoubleEndedIterator<Item = &'t StoredKey> {
        self.keys.iter().filter(move |row| row.key.did == did)
    }

    fn has(&self, id: &str) -> bool {
        self.keys.iter().any(|row| row.key.id == id)
    }

    /// Returns the ids that a cascade from a key reaches, that of the key first.
    fn reached(&self, did: &str, id: &str) -> Vec<String> {
        let mut reached = vec![id.to_owned()];
        let mut next = 0;
        while let Some(from) = reached.get(next).cloned() {
            next += 1;
            for edge in &self.lineage {
                let is_next = edge.did == did && edge.ancestor == from;
                if is_next && !reached.contains(&edge.descendant) {
                    reached.push(edge.descendant.clone());
                }
            }
        }
        reached
    }

    /// Removes the lineage that leads only to keys that do not exist.
    fn prune(&mut self, did: &str, id: &str) {
        let mut leaves = vec![id.to_owned()];
        while let Some(leaf) = leaves.pop() {
            if self.reached(did, &leaf).iter().any(|id| self.has(id)) {
                continue;
            }
            let is_of_leaf =
                |edge: &Edge| edge.did == did && (edge.ancestor == leaf || edge.descendant == leaf);
            let removed = self.lineage.extract_if(.., |edge| is_of_leaf(edge));
            let above = removed.filter(|edge| edge.ancestor != leaf);
            leaves.extend(above.map(|edge| edge.ancestor));
        }
    }
}

/// A transaction on a copy of the tables, which replaces them if nothing fails.
pub(crate) struct Transaction {
    pub(crate) tables: Tables,
    pub(crate) changes: Vec<Change>,
    /// How many statements succeed before one fails.
    pub(crate) fails_after: Option<u32>,
}

impl Transaction {
    /// Counts a statement.
    fn statement(&mut self) -> Result<(), TransactionFailed> {
        match &mut self.fails_after {
            Some(0) => Err(TransactionFailed),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Stores a key with its event, unless the key that creates it is not as it was.
    pub(crate) fn create(&mut self, creation: &Creation) -> Result<bool, TransactionFailed> {
        let active = &creation.key.active;
        if let Some(creator) = &creation.creator {
            let found = self.find(active.did.as_str(), &creator.id.to_string())?;
            if !found.is_some_and(|found| creator.is_unchanged(&found.key, active.created_at)) {
                return Ok(false);
            }
        }
        self.insert(&creation.key)?;
        self.record(&creation.event)?;
        Ok(true)
    }

    /// Removes a key, and what no other key needs.
    fn remove(&mut self, did: &str, id: &str) -> bool {
        let is_it = |row: &StoredKey| row.key.did == did && row.key.id == id;
        let Some(position) = self.tables.keys.iter().position(is_it) else {
            return false;
        };
        let removed = self.tables.keys.remove(position);
        self.changes.push(Change::Removed(removed.digest));
        self.tables.prune(did, id);
        self.tables.answers.retain(|answer| answer.key_id != id);
        true
    }
}

impl KeyTransaction for Transaction {
    fn find(&mut self, did: &str, id: &str) -> Result<Option<StoredKey>, TransactionFailed> {
        self.statement()?;
        Ok(self.tables.of(did).find(|row| row.key.id == id).cloned())
    }

    fn count(&mut self, did: &str, now: DateTime<Utc>) -> Result<KeyCounts, TransactionFailed> {
        self.statement()?;
        let mut counts = KeyCounts::default();
        for StoredKey { key, .. } in self.tables.of(did) {
            counts.all += 1;
            match (key.status(now), &key.replaced_by) {
                (KeyStatus::Active, None) => counts.active += 1,
                (KeyStatus::Active, Some(_)) => counts.replaced += 1,
                _ => {}
            }
        }
        Ok(counts)
    }

    fn insert(&mut self, new: &NewKey) -> Result<(), TransactionFailed> {
        self.statement()?;
        let digest = new.active.digest;
        let key = Key::from(new.clone());
        let (did, id) = (key.did.clone(), key.id.clone());
        if self.tables.has(&id) || self.tables.keys.iter().any(|row| row.digest == digest) {
            return Err(TransactionFailed);
        }
        self.tables.keys.push(StoredKey { key, digest });
        let edge = |ancestor: &str, descendant: &str| Edge {
            did: did.clone(),
            ancestor: ancestor.to_owned(),
            descendant: descendant.to_owned(),
        };
        let lineage = &new.lineage;
        let above = lineage.parent.iter().chain(&lineage.inherited_parents);
        let edges = above.map(|ancestor| edge(ancestor, &id));
        let replaced = lineage.replaces.as_ref().map(|old| edge(&id, old));
        self.tables.lineage.extend(edges.chain(replaced));
        self.changes.push(Change::Set(new.active.clone()));
        Ok(())
    }

    fn update(&mut self, stored: &StoredKey) -> Result<(), TransactionFailed> {
        self.statement()?;
        let is_it = |row: &&mut StoredKey| row.key.id == stored.key.id;
        let Some(row) = self.tables.keys.iter_mut().find(is_it) else {
            return Err(TransactionFailed);
        };
        row.key = Key {
            name: stored.key.name.clone(),
            note: stored.key.note.clone(),
            access: stored.key.access.clone(),
            expires_at: stored.key.expires_at,
            replaced_by: stored.key.replaced_by.clone(),
            ..row.key.clone()
        };
        let change = active(row).map_or(Change::Removed(row.digest), Change::Set);
        self.changes.push(change);
        Ok(())
    }

    fn revoke(
        &mut self,
        did: &str,
        id: &str,
        cascade: bool,
        at: DateTime<Utc>,
    ) -> Result<Vec<RevokedKey>, TransactionFailed> {
        self.statement()?;
        let reached = if cascade {
            self.tables.reached(did, id)
        } else {
            vec![id.to_owned()]
        };
        let mut revoked = Vec::new();
        for StoredKey { key, digest } in &mut self.tables.keys {
            if key.did != did || !reached.contains(&key.id) || key.revoked_at.is_some() {
                continue;
            }
            key.revoked_at = Some(at);
            self.changes.push(Change::Removed(*digest));
            revoked.push(RevokedKey {
                id: key.id.clone(),
                name: key.name.clone(),
            });
        }
        let is_revoked = |id: &String| revoked.iter().any(|key| key.id == *id);
        let answers = &mut self.tables.answers;
        answers.retain(|answer| !is_revoked(&answer.key_id));
        Ok(revoked)
    }

    fn delete(&mut self, did: &str, id: &str) -> Result<bool, TransactionFailed> {
        self.statement()?;
        let deleted = self.remove(did, id);
        if deleted {
            let events = &mut self.tables.events;
            events.retain(|stored| stored.event.key_id != id);
        }
        Ok(deleted)
    }

    fn remove_oldest_ended(
        &mut self,
        did: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, TransactionFailed> {
        self.statement()?;
        let keys = self.tables.of(did).map(|row| &row.key);
        let ended = keys.filter(|key| key.status(now) != KeyStatus::Active);
        let oldest = ended.min_by_key(|key| (key.created_at, &key.id));
        let oldest = oldest.map(|key| key.id.clone());
        Ok(oldest.is_some_and(|id| self.remove(did, &id)))
    }

    fn parents(&mut self, did: &str, id: &str) -> Result<Vec<String>, TransactionFailed> {
        self.statement()?;
        let lineage = self.tables.lineage.iter();
        let above = lineage.filter(|edge| edge.did == did && edge.descendant == id);
        Ok(above.map(|edge| edge.ancestor.clone()).collect())
    }

    fn is_descendant(
        &mut self,
        did: &str,
        id: &str,
        ancestor: &str,
    ) -> Result<bool, TransactionFailed> {
        self.statement()?;
        let reached = self.tables.reached(did, ancestor);
        Ok(id != ancestor && reached.iter().any(|one| one == id))
    }

    fn set_limits(
        &mut self,
        did: &str,
        id: Option<&str>,
        limits: &CallLimits,
    ) -> Result<(), TransactionFailed> {
        self.statement()?;
        let id = id.unwrap_or_default();
        let rows = &mut self.tables.limits;
        rows.retain(|row| row.0 != did || row.1 != id);
        rows.push((did.to_owned(), id.to_owned(), limits.clone()));
        Ok(())
    }

    fn transfer_limits(
        &mut self,
        did: &str,
        old: &str,
        new: &str,
    ) -> Result<(), TransactionFailed> {
        self.statement()?;
        for row in &mut self.tables.limits {
            if row.0 == did && row.1 == old {
                row.1 = new.to_owned();
            }
        }
        Ok(())
    }

    fn record(&mut self, event: &Event) -> Result<(), TransactionFailed> {
        self.statement()?;
        let last = self.tables.events.last();
        let number = last.map_or(1, |last| last.number + 1);
        let event = event.clone();
        self.tables.events.push(StoredEvent { number, event });
        Ok(())
    }

    fn forget_answers(&mut self, id: &str) -> Result<(), TransactionFailed> {
        self.statement()?;
        self.tables.answers.retain(|answer| answer.key_id != id);
        Ok(())
    }

    fn answer(
        &mut self,
        request: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<StoredAnswer>, TransactionFailed> {
        self.statement()?;
        let mut answers = self.tables.answers.iter();
        let found = answers.find(|one| one.request == *request && one.expires_at > now);
        Ok(found.cloned())
    }

    fn remember(&mut self, answer: &StoredAnswer) -> Result<(), TransactionFailed> {
        self.statement()?;
        let answers = &mut self.tables.answers;
        answers.retain(|one| one.request != answer.request);
        answers.push(answer.clone());
        Ok(())
    }
}

/// Returns what authenticates of a key, unless it is revoked.
pub(crate) fn active(StoredKey { key, digest }: &StoredKey) -> Option<ActiveKey> {
    key.revoked_at.is_none().then(|| ActiveKey {
        digest: *digest,
        id: KeyId::parse(&key.id).unwrap(),
        did: Did::parse(key.did.clone()).unwrap().into(),
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        access: key.access.clone(),
    })
}

/// Returns the key with a digest, unless it is revoked.
pub(crate) fn by_digest(tables: &Tables, digest: Digest) -> Option<ActiveKey> {
    let mut keys = tables.keys.iter();
    active(keys.find(|row| row.digest == digest)?)
}
