//! Where live keys are: blocks of them, and an index of places there.

use hashbrown::HashTable;

use super::key::LiveKey;
use crate::secret::Digest;

/// A part of the set.
#[derive(Default)]
pub(super) struct Shard {
    keys: Blocks,
    /// Places in `keys`, by the digest, which is as random as any hash of it.
    index: HashTable<u32>,
}

/// Keys in blocks, of which the last one alone has room: a vector that grows would be twice as large as
/// it has to be, or moved again and again.
#[derive(Default)]
struct Blocks {
    blocks: Vec<Vec<LiveKey>>,
}

/// How many keys a block has: as many as there is room for in what allocators hand out anyway.
const BLOCK: usize = 5120 / size_of::<LiveKey>();

impl Shard {
    pub(super) fn get(&self, digest: &Digest) -> Option<&LiveKey> {
        let same = |place: &u32| {
            self.keys
                .at(*place)
                .is_some_and(|key| key.digest == *digest)
        };
        let place = self.index.find(hash(digest), same)?;
        self.keys.at(*place)
    }

    /// Adds a key, unless it is here: the one that is knows its last use. Whether it was added.
    pub(super) fn insert(&mut self, key: LiveKey) -> bool {
        if self.get(&key.digest).is_some() {
            return false;
        }
        let digest = key.digest;
        let Some(place) = self.keys.push(key) else {
            return false;
        };
        let keys = &self.keys;
        let rehash = |place: &u32| keys.at(*place).map_or(0, |key| hash(&key.digest));
        self.index.insert_unique(hash(&digest), place, rehash);
        true
    }

    pub(super) fn remove(&mut self, digest: &Digest) -> Option<LiveKey> {
        let keys = &self.keys;
        let same = |place: &u32| keys.at(*place).is_some_and(|key| key.digest == *digest);
        let entry = self.index.find_entry(hash(digest), same).ok()?;
        let (place, _) = entry.remove();
        let removed = self.keys.swap_remove(place)?;
        // The last one has taken its place.
        if let Some(moved) = self.keys.at(place) {
            let last = self.keys.len();
            let was = |found: &u32| *found as usize == last;
            if let Some(found) = self.index.find_mut(hash(&moved.digest), was) {
                *found = place;
            }
        }
        Some(removed)
    }

    /// The keys whose expiry had come at a time.
    pub(super) fn expired(&self, at: i64) -> Vec<Digest> {
        let keys = self.keys.blocks.iter().flatten();
        let over = keys.filter(|key| key.is_over(at));
        over.map(|key| key.digest).collect()
    }
}

impl Blocks {
    fn len(&self) -> usize {
        let last = self.blocks.last().map_or(BLOCK, Vec::len);
        self.blocks.len() * BLOCK + last - BLOCK
    }

    fn at(&self, place: u32) -> Option<&LiveKey> {
        let place = place as usize;
        self.blocks.get(place / BLOCK)?.get(place % BLOCK)
    }

    /// The place that it got, if there is one.
    fn push(&mut self, key: LiveKey) -> Option<u32> {
        let place = u32::try_from(self.len()).ok()?;
        match self.blocks.last_mut() {
            Some(last) if last.len() < BLOCK => last.push(key),
            _ => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(key);
                self.blocks.push(block);
            }
        }
        Some(place)
    }

    /// Takes one out, whose place the last one takes.
    fn swap_remove(&mut self, place: u32) -> Option<LiveKey> {
        let last = self.blocks.last_mut()?.pop()?;
        self.blocks.pop_if(|block| block.is_empty());
        let place = place as usize;
        match self
            .blocks
            .get_mut(place / BLOCK)
            .and_then(|block| block.get_mut(place % BLOCK))
        {
            Some(key) => Some(std::mem::replace(key, last)),
            None => Some(last),
        }
    }
}

fn hash(digest: &Digest) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use uuid::Uuid;

    use super::super::key::{LastUse, Millis};
    use super::*;

    fn key(number: u32, round: i64) -> LiveKey {
        let mut digest = [0; 32];
        // Many of them hash to the same.
        digest[0] = (number % 7) as u8;
        digest[8..12].copy_from_slice(&number.to_be_bytes());
        LiveKey {
            digest: Digest::from_bytes(digest),
            id: Uuid::nil(),
            created_at: Millis::new(round),
            expires_at: Millis::new(i64::from(number)),
            account: number,
            last_use: LastUse::new(None),
        }
    }

    /// Keys come and go in any order, over several blocks, beside a map that does the same.
    #[test]
    fn what_is_there_is_found_and_nothing_else() {
        let (mut shard, mut expected) = (Shard::default(), HashMap::new());
        let mut random = 1_u32;
        for round in 0..20_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let number = (random >> 16) % 300;
            // It grows for a while, then shrinks.
            let is_new = (random >> 8) % 10 < if round % 4_000 < 2_000 { 7 } else { 3 };
            let digest = key(number, round).digest;
            if is_new {
                let is_added = shard.insert(key(number, round));
                assert_eq!(is_added, !expected.contains_key(&number));
                expected.entry(number).or_insert(round);
            } else {
                let removed = shard.remove(&digest).map(|key| key.created_at.get());
                assert_eq!(removed, expected.remove(&number));
            }
            assert_eq!(shard.keys.len(), expected.len());
            let probe = (random >> 4) % 300;
            let found = shard.get(&key(probe, 0).digest);
            assert_eq!(
                found.map(|key| key.created_at.get()),
                expected.get(&probe).copied()
            );
        }
        let over = shard.expired(150).len();
        assert_eq!(
            over,
            expected.keys().filter(|number| **number <= 150).count()
        );
    }
}
