//! The changes of keys that servers commit, as the key service makes them.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cocore_keys::{Access, ActiveKey, Change, Clock, Digest, Grant, Scopes, Secret};
use lexicon_runtime::Did;
use rand::RngExt;

use super::Simulation;
use super::known::Known;

/// What a key may do that may do everything, as scopes.
const SCOPES: &str = "rpc:com.example.a?aud=* rpc:com.example.b?aud=* rpc:com.example.c?aud=* \
    repo:com.example.d";

impl Simulation {
    /// Changes a key, or several, in the transaction of a server.
    pub(super) fn change(&mut self, index: usize) -> Vec<Change> {
        let now = self.servers[index].clock.now();
        match self.random.random_range(0..10) {
            0..4 => {
                let expires_at = self.expiry(now);
                let access = Access::EVERYTHING;
                self.create(Grant { access, expires_at })
            }
            4 | 5 => self.remove_one(),
            6 => self.update(now, |simulation, key| simulation.narrow(key)),
            7 => self.update(now, |simulation, key| {
                key.expires_at = simulation.expiry(now);
            }),
            8 => self.rotate(now),
            _ => self.cascade(now),
        }
    }

    fn create(&mut self, grant: Grant) -> Vec<Change> {
        let secret = Secret::from_random(self.random.random());
        let key = ActiveKey {
            digest: secret.digest(),
            id: uuid::Uuid::from_u128(self.random.random()).into(),
            did: Arc::new(Did::parse("did:web:alice.example").unwrap()),
            created_at: DateTime::UNIX_EPOCH,
            expires_at: grant.expires_at,
            last_used_at: None,
            access: grant.access,
        };
        self.known.insert(key.digest, Known::new(secret));
        self.digests.push(key.digest);
        self.store(Change::Set(key))
    }

    /// Removes a key that is not removed yet.
    fn remove_one(&mut self) -> Vec<Change> {
        let digest = self.pick();
        let digest = digest.filter(|digest| self.database.key(digest).is_some());
        digest.map_or(Vec::new(), |digest| self.store(Change::Removed(digest)))
    }

    /// Removes some keys, and changes others, in one epoch.
    fn cascade(&mut self, now: DateTime<Utc>) -> Vec<Change> {
        let mut changes = Vec::new();
        for _ in 0..self.random.random_range(2..30) {
            changes.extend(match self.random.random_range(0..4) {
                0 => self.update(now, |simulation, key| simulation.narrow(key)),
                _ => self.remove_one(),
            });
        }
        changes
    }

    /// Changes an active key. What has ended never comes back.
    fn update(
        &mut self,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Self, &mut ActiveKey),
    ) -> Vec<Change> {
        let Some(before) = self.pick_active(now) else {
            return Vec::new();
        };
        let mut after = before.clone();
        change(self, &mut after);
        if after == before {
            return Vec::new();
        }
        self.store(Change::Set(after))
    }

    /// Takes one of its scopes from a key.
    fn narrow(&mut self, key: &mut ActiveKey) {
        let scopes = key.access.scopes().map_or(SCOPES, Scopes::as_str);
        let mut scopes: Vec<_> = scopes.split(' ').collect();
        if scopes.len() > 1 {
            scopes.swap_remove(self.random.random_range(0..scopes.len()));
        }
        let scopes = Scopes::parse(&scopes.join(" ")).unwrap();
        key.access = key.access.with_scopes(scopes);
    }

    /// Replaces an active key, which is removed at once, or expires after a grace period.
    fn rotate(&mut self, now: DateTime<Utc>) -> Vec<Change> {
        let Some(mut old) = self.pick_active(now) else {
            return Vec::new();
        };
        let digest = old.digest;
        self.known.get_mut(&digest).unwrap().is_replaced = true;
        let mut changes = self.create(Grant {
            access: old.access.clone(),
            expires_at: old.expires_at,
        });
        let grace = self.random.random_range(0..2) * self.random.random_range(1..3000);
        if grace > 0 {
            let end = now + TimeDelta::milliseconds(grace);
            old.expires_at = old.expires_at.map_or(Some(end), |at| Some(at.min(end)));
        }
        changes.extend(self.store(Change::Set(old)));
        if grace == 0 {
            changes.extend(self.store(Change::Removed(digest)));
        }
        changes
    }

    /// Returns never, or a time that is soon.
    fn expiry(&mut self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let millis = self.random.random_range(1..10_000);
        let is_limited = self.random.random_ratio(1, 2);
        is_limited.then(|| now + TimeDelta::milliseconds(millis))
    }

    /// Returns a key at random, newer ones more often.
    pub(super) fn pick(&mut self) -> Option<Digest> {
        let far = self.random.random_range(1..=200);
        let back = self.random.random_range(0..far);
        let position = self.digests.len().checked_sub(1 + back)?;
        Some(self.digests[position])
    }

    /// Returns a key that can be changed at a time of a wall clock.
    fn pick_active(&mut self, now: DateTime<Utc>) -> Option<ActiveKey> {
        let digest = self.pick()?;
        let key = self.database.key(&digest)?;
        let is_active = !key.is_expired(now) && !self.known[&digest].is_replaced;
        is_active.then(|| key.clone())
    }

    fn store(&mut self, change: Change) -> Vec<Change> {
        self.database.write(&change);
        vec![change]
    }
}
