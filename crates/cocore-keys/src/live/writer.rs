//! The writer of the set of live keys.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lexicon_runtime::Did;

use super::fingerprint::Fingerprint;
use super::interned::Interned;
use super::live_key::{LastUse, LiveKey, Millis};
use super::lock::{read, write};
use super::shard::Shard;
use super::{ALWAYS, LiveKeys, NEVER};
use crate::access::Limits;
use crate::change::Change;
use crate::key::ActiveKey;
use crate::secret::Digest;

/// The one writer of a set of live keys: its holder loads the set, applies changes in their order, and
/// decides for how long the set is trusted. Without a writer the set is not trusted.
pub struct LiveKeysWriter {
    live: Arc<LiveKeys>,
    accounts: Interned<Did>,
    limits: Interned<Limits>,
}

impl LiveKeysWriter {
    /// Takes over a set, and empties it. Returns `None` while the set has another writer.
    pub fn new(live: &Arc<LiveKeys>) -> Option<Self> {
        if live.has_writer.swap(true, Ordering::SeqCst) {
            return None;
        }
        let mut writer = Self {
            live: live.clone(),
            accounts: Interned::default(),
            limits: Interned::default(),
        };
        writer.reset();
        Some(writer)
    }

    /// Empties the set, which is not trusted from then on. Uses that are not written are kept.
    pub fn reset(&mut self) {
        self.distrust();
        self.live.generation.fetch_add(1, Ordering::SeqCst);
        self.live.collect_uses();
        for shard in &self.live.shards {
            *write(shard) = Shard::default();
        }
        self.accounts = Interned::default();
        self.limits = Interned::default();
    }

    /// Lets the set be trusted without a limit of time: this process alone changes the store.
    pub fn trust(&mut self) {
        self.live.trusted_until.store(ALWAYS, Ordering::SeqCst);
    }

    /// Lets the set be trusted until a moment of the steady clock.
    pub fn trust_until(&mut self, moment: Duration) {
        let nanos = u64::try_from(moment.as_nanos()).unwrap_or(ALWAYS);
        // A moment that would mean ALWAYS is one before it.
        let until = nanos.min(ALWAYS - 1);
        self.live.trusted_until.store(until, Ordering::SeqCst);
    }

    fn distrust(&mut self) {
        self.live.trusted_until.store(NEVER, Ordering::SeqCst);
    }

    /// Applies a change.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Set(key) => self.set(key),
            Change::Removed(digest) => self.remove(digest),
        }
    }

    /// Inserts a key, or replaces what the set knows of it. Its last use is kept.
    pub fn set(&mut self, key: &ActiveKey) {
        let millis = |at: DateTime<Utc>| at.timestamp_millis();
        let expires_at = key.expires_at.map(millis);
        let fingerprint = Fingerprint::of(&key.digest);
        let limits = key.access.limits();
        let new = LiveKey {
            fingerprint,
            id: key.id,
            created_at: Millis::new(millis(key.created_at)),
            expires_at: expires_at.map_or(Millis::NEVER, Millis::new),
            did: self.accounts.get_or_insert(&key.did),
            limits: limits.map(|limits| self.limits.get_or_insert(limits)),
            last_use: LastUse::new(key.last_used_at.map(millis)),
        };
        let replaced = write(self.live.shard(&fingerprint)).set(new);
        replaced.into_iter().for_each(|key| self.release(key));
    }

    /// Removes a key. Its last use is kept until it is written.
    pub fn remove(&mut self, digest: &Digest) {
        self.remove_by(&Fingerprint::of(digest));
    }

    fn remove_by(&mut self, fingerprint: &Fingerprint) {
        let removed = write(self.live.shard(fingerprint)).remove(fingerprint);
        if let Some(key) = removed {
            self.live.collect_use(&key);
            self.release(key);
        }
    }

    /// Removes the values of a key that is not in the set any more, unless they are in use.
    fn release(&mut self, key: LiveKey) {
        self.accounts.release(key.did);
        key.limits
            .into_iter()
            .for_each(|limits| self.limits.release(limits));
    }

    /// Removes the keys that expired before a time, and returns their number.
    pub fn evict_expired(&mut self, before: DateTime<Utc>) -> usize {
        let before = before.timestamp_millis();
        let shards = self.live.shards.iter();
        let expired: Vec<_> = shards
            .flat_map(|shard| read(shard).expired(before))
            .collect();
        for fingerprint in &expired {
            self.remove_by(fingerprint);
        }
        self.accounts.shrink();
        self.limits.shrink();
        expired.len()
    }
}

impl Drop for LiveKeysWriter {
    fn drop(&mut self) {
        self.distrust();
        self.live.has_writer.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Access;
    use crate::scope::Scopes;

    #[test]
    fn a_set_has_one_writer_and_is_not_trusted_without() {
        let live = Arc::new(LiveKeys::default());
        let is_trusted = || live.is_trusted(|| Duration::ZERO);
        let mut writer = LiveKeysWriter::new(&live).unwrap();
        assert!(LiveKeysWriter::new(&live).is_none());
        assert!(!is_trusted());
        writer.trust();
        assert!(is_trusted());
        drop(writer);
        assert!(!is_trusted());
        let next = LiveKeysWriter::new(&live);
        assert!(next.is_some() && !is_trusted());
    }

    /// Returns a key whose values nothing else shares.
    fn key(number: u8, account: &str, scopes: &str) -> ActiveKey {
        let scopes = (!scopes.is_empty()).then(|| Scopes::parse(scopes).unwrap());
        ActiveKey {
            digest: Digest::from_bytes([number; 32]),
            id: uuid::Uuid::from_u128(number.into()).into(),
            did: Arc::new(Did::parse(format!("did:web:{account}.example")).unwrap()),
            created_at: DateTime::UNIX_EPOCH,
            expires_at: Some(DateTime::UNIX_EPOCH),
            last_used_at: None,
            access: Access::new(scopes, None),
        }
    }

    /// Accounts and limits are stored once, and for as long as a key has them.
    #[test]
    fn values_are_shared_and_released() {
        const A: &str = "repo:com.example.a";
        const B: &str = "repo:com.example.b";
        let live = Arc::new(LiveKeys::default());
        let mut writer = LiveKeysWriter::new(&live).unwrap();
        for (changed, accounts, limits) in [
            (key(1, "alice", A), 1, 1),
            (key(2, "alice", A), 1, 1),
            (key(3, "bob", ""), 2, 1),
            // Changed, as often as may be.
            (key(1, "alice", A), 2, 1),
            (key(1, "alice", B), 2, 2),
            (key(1, "alice", B), 2, 2),
            (key(2, "alice", B), 2, 1),
            (key(2, "alice", A), 2, 2),
            (key(1, "alice", &format!("{A} {B}")), 2, 2),
            (key(2, "alice", &format!("{B} {A}")), 2, 1),
            (key(3, "bob", A), 2, 2),
        ] {
            writer.set(&changed);
            assert_eq!(
                (writer.accounts.len(), writer.limits.len()),
                (accounts, limits)
            );
        }
        for (removed, accounts, limits) in [(1, 2, 2), (3, 1, 1), (3, 1, 1), (2, 0, 0)] {
            writer.remove(&Digest::from_bytes([removed; 32]));
            assert_eq!(
                (writer.accounts.len(), writer.limits.len()),
                (accounts, limits)
            );
        }
    }

    /// What a request has of a removed key is released once the request is done.
    #[test]
    fn values_that_a_request_uses_are_released_later() {
        let live = Arc::new(LiveKeys::default());
        let mut writer = LiveKeysWriter::new(&live).unwrap();
        let before = key(1, "alice", "repo:com.example.a");
        writer.set(&before);
        let request = before.access.clone();
        writer.set(&key(1, "alice", "repo:com.example.b"));
        assert_eq!(writer.limits.len(), 2);
        drop((request, before));
        let earlier = DateTime::UNIX_EPOCH - chrono::TimeDelta::seconds(1);
        assert_eq!(writer.evict_expired(earlier), 0);
        assert_eq!(writer.limits.len(), 1);
        assert_eq!(writer.evict_expired(DateTime::UNIX_EPOCH), 1);
        assert_eq!(
            (writer.accounts.len(), writer.limits.len(), live.len()),
            (0, 0, 0)
        );
    }
}
