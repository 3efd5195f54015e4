//! A shard: live keys in blocks, and an index of their positions.

use hashbrown::HashTable;

use super::fingerprint::Fingerprint;
use super::live_key::LiveKey;

/// A part of the set.
#[derive(Default)]
pub(super) struct Shard {
    keys: Blocks,
    /// Positions in `keys`.
    index: HashTable<u32>,
}

/// Keys in blocks, of which only the last has room: a vector that grows would be up to twice as large as
/// its content, or move again and again.
#[derive(Default)]
struct Blocks {
    blocks: Vec<Vec<LiveKey>>,
}

/// How many keys a block has: as many as fit into a size class of the allocator.
const BLOCK: usize = 5120 / size_of::<LiveKey>();

impl Shard {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn get(&self, fingerprint: &Fingerprint) -> Option<&LiveKey> {
        let position = self
            .index
            .find(fingerprint.hash(), self.keys.is(fingerprint))?;
        self.keys.get(*position)
    }

    /// Inserts a key, or replaces the one that is in the shard already, whose last use stays. Returns the key that
    /// is not in the shard afterwards.
    pub(super) fn set(&mut self, mut key: LiveKey) -> Option<LiveKey> {
        let hash = key.fingerprint.hash();
        let existing = self.index.find(hash, self.keys.is(&key.fingerprint));
        if let Some(existing) = existing.and_then(|position| self.keys.get_mut(*position)) {
            std::mem::swap(&mut key.last_use, &mut existing.last_use);
            return Some(std::mem::replace(existing, key));
        }
        let position = match self.keys.push(key) {
            Ok(position) => position,
            Err(key) => return Some(key),
        };
        let keys = &self.keys;
        let rehash = |position: &u32| keys.get(*position).map_or(0, |key| key.fingerprint.hash());
        self.index.insert_unique(hash, position, rehash);
        None
    }

    pub(super) fn remove(&mut self, fingerprint: &Fingerprint) -> Option<LiveKey> {
        let is_it = self.keys.is(fingerprint);
        let entry = self.index.find_entry(fingerprint.hash(), is_it).ok()?;
        let (position, _) = entry.remove();
        let removed = self.keys.swap_remove(position)?;
        if let Some(moved) = self.keys.get(position) {
            let last = self.keys.len();
            let was_last = |found: &u32| *found as usize == last;
            if let Some(found) = self.index.find_mut(moved.fingerprint.hash(), was_last) {
                *found = position;
            }
        }
        Some(removed)
    }

    /// Returns the keys that are expired at a time.
    pub(super) fn expired(&self, at: i64) -> Vec<Fingerprint> {
        let keys = self.keys.blocks.iter().flatten();
        let expired = keys.filter(|key| key.is_expired(at));
        expired.map(|key| key.fingerprint).collect()
    }
}

impl Blocks {
    fn len(&self) -> usize {
        let last = self.blocks.last().map_or(BLOCK, Vec::len);
        self.blocks.len() * BLOCK + last - BLOCK
    }

    fn get(&self, position: u32) -> Option<&LiveKey> {
        let position = position as usize;
        self.blocks.get(position / BLOCK)?.get(position % BLOCK)
    }

    fn get_mut(&mut self, position: u32) -> Option<&mut LiveKey> {
        let position = position as usize;
        self.blocks
            .get_mut(position / BLOCK)?
            .get_mut(position % BLOCK)
    }

    /// Returns whether the key at a position is this one.
    fn is(&self, fingerprint: &Fingerprint) -> impl Fn(&u32) -> bool {
        |position| {
            let key = self.get(*position);
            key.is_some_and(|key| key.fingerprint == *fingerprint)
        }
    }

    /// Appends a key and returns its position. A key past the last position is returned.
    fn push(&mut self, key: LiveKey) -> Result<u32, LiveKey> {
        let Ok(position) = u32::try_from(self.len()) else {
            return Err(key);
        };
        match self.blocks.last_mut() {
            Some(last) if last.len() < BLOCK => last.push(key),
            _ => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(key);
                self.blocks.push(block);
            }
        }
        Ok(position)
    }

    /// Removes the key at a position. The last key moves there.
    fn swap_remove(&mut self, position: u32) -> Option<LiveKey> {
        let last = self.blocks.last_mut()?.pop()?;
        self.blocks.pop_if(|block| block.is_empty());
        let position = position as usize;
        let block = self.blocks.get_mut(position / BLOCK);
        match block.and_then(|block| block.get_mut(position % BLOCK)) {
            Some(key) => Some(std::mem::replace(key, last)),
            None => Some(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use lexicon_runtime::Did;
    use uuid::Uuid;

    use super::super::live_key::{LastUse, Millis};
    use super::*;
    use crate::secret::Digest;

    fn key(number: u32, round: i64) -> LiveKey {
        let mut digest = [0; 32];
        // Many hashes are equal.
        digest[0] = (number % 7) as u8;
        digest[8..12].copy_from_slice(&number.to_be_bytes());
        LiveKey {
            fingerprint: Fingerprint::of(&Digest::from_bytes(digest)),
            id: Uuid::nil().into(),
            created_at: Millis::new(round),
            expires_at: Millis::new(i64::from(number)),
            did: Arc::new(Did::parse("did:web:alice.example").unwrap()),
            limits: None,
            last_use: LastUse::new(None),
        }
    }

    /// Inserts and removes keys at random, over several blocks, and compares with a map.
    #[test]
    fn a_shard_agrees_with_a_map() {
        let (mut shard, mut expected) = (Shard::default(), HashMap::new());
        let mut random = 1_u32;
        for round in 0..20_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let number = (random >> 16) % 300;
            // It grows for a while, then shrinks.
            let is_new = (random >> 8) % 10 < if round % 4_000 < 2_000 { 7 } else { 3 };
            if is_new {
                let replaced = shard.set(key(number, round));
                let replaced = replaced.map(|key| key.created_at.get());
                assert_eq!(replaced, expected.insert(number, round));
            } else {
                let removed = shard.remove(&key(number, round).fingerprint);
                let removed = removed.map(|key| key.created_at.get());
                assert_eq!(removed, expected.remove(&number));
            }
            assert_eq!(shard.keys.len(), expected.len());
            let probe = (random >> 4) % 300;
            let found = shard.get(&key(probe, 0).fingerprint);
            assert_eq!(
                found.map(|key| key.created_at.get()),
                expected.get(&probe).copied()
            );
        }
        let expired = shard.expired(150).len();
        assert_eq!(
            expired,
            expected.keys().filter(|number| **number <= 150).count()
        );
    }
}
