//! Where live keys are: blocks of them, and an index of places there.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use hashbrown::HashTable;
use uuid::Uuid;

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

pub(super) struct LiveKey {
    pub(super) digest: Digest,
    pub(super) id: Uuid,
    pub(super) created_at: Millis,
    pub(super) expires_at: Millis,
    /// Its place among the accounts.
    pub(super) account: u32,
    pub(super) last_use: LastUse,
}

/// A time in milliseconds since 1970 in six bytes, which last to the year 10889. One beyond is the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Millis([u8; 6]);

/// When a key was last used, in milliseconds, and in the lowest bit, whether it stands among the keys
/// whose uses are to be taken.
pub(super) struct LastUse(AtomicI64);

/// DIDs, each once.
#[derive(Default)]
pub(super) struct Accounts {
    names: Vec<Arc<str>>,
    /// Places in `names`.
    index: HashTable<u32>,
    hasher: std::hash::RandomState,
}

impl LiveKey {
    /// Whether its expiry has come.
    pub(super) fn is_over(&self, now: i64) -> bool {
        self.expires_at != Millis::NEVER && self.expires_at.get() <= now
    }
}

impl Millis {
    /// Later than any time.
    pub(super) const NEVER: Self = Self([u8::MAX; 6]);

    pub(super) fn new(millis: i64) -> Self {
        let [bytes @ .., 0, 0] = millis.max(0).to_le_bytes() else {
            return Self::NEVER;
        };
        Self(bytes)
    }

    pub(super) fn get(self) -> i64 {
        let [a, b, c, d, e, f] = self.0;
        i64::from_le_bytes([a, b, c, d, e, f, 0, 0])
    }
}

impl LastUse {
    const NONE: i64 = -1;

    /// One that is written.
    pub(super) fn new(at: Option<i64>) -> Self {
        Self(AtomicI64::new(at.unwrap_or(Self::NONE) << 1))
    }

    /// Notes a use, unless a later one is noted: whether it is the first that is to be taken.
    pub(super) fn note(&self, at: i64) -> bool {
        let noted = at << 1 | 1;
        let before = self.0.fetch_max(noted, Ordering::SeqCst);
        before < noted && before & 1 == 0
    }

    pub(super) fn get(&self) -> Option<i64> {
        let at = self.0.load(Ordering::SeqCst) >> 1;
        (at != Self::NONE).then_some(at)
    }

    /// The last use, if it is to be taken, which it now is.
    pub(super) fn take(&self) -> Option<i64> {
        let noted = self.0.fetch_and(!1, Ordering::SeqCst);
        (noted & 1 == 1).then_some(noted >> 1)
    }
}

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

    /// Adds a key, unless it is here: the one that is knows its last use.
    pub(super) fn insert(&mut self, key: LiveKey) {
        if self.get(&key.digest).is_some() {
            return;
        }
        let digest = key.digest;
        let Some(place) = self.keys.push(key) else {
            return;
        };
        let keys = &self.keys;
        let rehash = |place: &u32| keys.at(*place).map_or(0, |key| hash(&key.digest));
        self.index.insert_unique(hash(&digest), place, rehash);
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

impl Accounts {
    /// The DID at a place.
    pub(super) fn name(&self, place: u32) -> Option<Arc<str>> {
        self.names.get(place as usize).cloned()
    }

    /// The place of a DID, which it gets if it has none.
    pub(super) fn place(&mut self, did: &str) -> u32 {
        let hash = self.hasher.hash_one(did);
        let names = &self.names;
        if let Some(place) = self
            .index
            .find(hash, |place| *names[*place as usize] == *did)
        {
            return *place;
        }
        let place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(did.into());
        let (names, hasher) = (&self.names, &self.hasher);
        let rehash = |place: &u32| hasher.hash_one(&*names[*place as usize]);
        self.index.insert_unique(hash, place, rehash);
        place
    }
}

fn hash(digest: &Digest) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

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
                shard.insert(key(number, round));
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
