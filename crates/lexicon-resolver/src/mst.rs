//! The Merkle search tree of a repository: from its root to the CID of a record.
//! Source: <https://atproto.com/specs/repository#mst-structure>.

use lexicon_runtime::{Bytes, CidLink};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::block;
use crate::car::Car;
use crate::error::ProofError;

/// The longest key, in bytes. The keys of a node share their beginnings: without a bound, a small node could hold
/// gigabytes.
const MAX_KEY: usize = 1024;
const NODE: &str = "node of the tree";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Node {
    /// The subtree with the keys before the first entry.
    l: Option<CidLink>,
    e: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// How many bytes the key shares with the one before it.
    p: usize,
    /// The rest of the key.
    k: Bytes,
    /// The record.
    v: CidLink,
    /// The subtree with the keys after this one.
    t: Option<CidLink>,
}

/// Finds the CID of the record with a key: `COLLECTION/RKEY`. Every node on the way has to be well formed.
pub(crate) fn find(car: &Car<'_>, root: &str, key: &str) -> Result<String, ProofError> {
    let mut cid = root.to_owned();
    let mut bounds = Bounds::default();
    // A node is its own ancestor only if SHA-256 is broken: the number of blocks bounds the way.
    for _ in 0..car.len() {
        let value = block::decode(&cid, NODE, car.block(&cid, NODE)?)?;
        let Node { l, e: entries } = block::convert(&cid, NODE, value)?;
        let keys = keys(&entries).and_then(|keys| bounds.narrow(&keys).map(|()| keys));
        let keys = keys.map_err(|reason| ProofError::InvalidBlock {
            cid: cid.clone(),
            role: NODE,
            reason: reason.to_owned(),
        })?;
        let at = keys.partition_point(|found| &found[..] < key.as_bytes());
        if keys.get(at).is_some_and(|found| found == key.as_bytes()) {
            return Ok(entries[at].v.cid.as_str().to_owned());
        }
        let below = match at.checked_sub(1) {
            None => &l,
            Some(before) => &entries[before].t,
        };
        bounds.enter(&keys, at);
        match below {
            Some(link) => cid = link.cid.as_str().to_owned(),
            None => break,
        }
    }
    Err(ProofError::NotInRepository {
        key: key.to_owned(),
    })
}

/// The keys of a node, from their compressed form.
fn keys(entries: &[Entry]) -> Result<Vec<Vec<u8>>, &'static str> {
    let mut keys: Vec<Vec<u8>> = Vec::new();
    for Entry { p, k, .. } in entries {
        let before = keys.last().map_or(&[][..], |key| &key[..]);
        let shared = before.get(..*p);
        let shared = shared.ok_or("a key shares more bytes than the key before it has")?;
        let key = [shared, &k.0].concat();
        if key.len() > MAX_KEY {
            return Err("it has a key of more than 1024 bytes");
        }
        keys.push(key);
    }
    Ok(keys)
}

/// What the ancestors of a node leave for its keys.
#[derive(Default)]
struct Bounds {
    after: Option<Vec<u8>>,
    before: Option<Vec<u8>>,
    layer: Option<u32>,
}

impl Bounds {
    /// Checks the keys of a node: ascending, within the bounds, all on one layer, which is below the last one.
    fn narrow(&mut self, keys: &[Vec<u8>]) -> Result<(), &'static str> {
        if !keys.is_sorted_by(|one, next| one < next) {
            return Err("its keys are not in ascending order");
        }
        let (Some(first), Some(last)) = (keys.first(), keys.last()) else {
            return Ok(());
        };
        let is_after = self.after.as_ref().is_none_or(|after| after < first);
        if !is_after || self.before.as_ref().is_some_and(|before| before <= last) {
            return Err("it has a key that belongs into another node");
        }
        let layer = layer(first);
        if keys.iter().any(|key| self::layer(key) != layer)
            || self.layer.is_some_and(|above| above <= layer)
        {
            return Err("it has a key that belongs onto another layer");
        }
        self.layer = Some(layer);
        Ok(())
    }

    /// Enters the subtree between the keys `at - 1` and `at`.
    fn enter(&mut self, keys: &[Vec<u8>], at: usize) {
        if let Some(key) = at.checked_sub(1).and_then(|before| keys.get(before)) {
            self.after = Some(key.clone());
        }
        if let Some(key) = keys.get(at) {
            self.before = Some(key.clone());
        }
    }
}

/// The layer of a key: the zero bits that its SHA-256 begins with, in pairs.
fn layer(key: &[u8]) -> u32 {
    let mut zeros = 0;
    for byte in Sha256::digest(key) {
        zeros += byte.leading_zeros();
        if byte != 0 {
            break;
        }
    }
    zeros / 2
}
