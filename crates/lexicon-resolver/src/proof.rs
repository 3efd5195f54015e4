//! The proof that a repository holds a record: from the CAR file of `com.atproto.sync.getRecord` to the record.

use atproto_resolver::{Did, PublicKey};
use lexicon_runtime::{Cid, Value};

use crate::car::Car;
use crate::error::ProofError;
use crate::{block, commit, mst};

/// The longest proof that is read, in bytes. A record has at most 1 MiB; the rest is for the tree.
pub const MAX_PROOF: usize = (1024 + 64) * 1024;

/// Verifies that a CAR file proves a record of a repository, and returns the CID of the record and the record
/// as JSON.
///
/// Its one root has to be a commit of `did` that `key` signed. The tree of the commit has to hold the record
/// under `collection` and `rkey`. Every block has to have its own CID, and the one encoding of its value.
///
/// # Errors
/// The first defect that is found. [`ProofError::NotInRepository`]: the file proves that there is no such
/// record.
pub fn verify_record(
    car: &[u8],
    did: &Did,
    key: &PublicKey,
    collection: &str,
    rkey: &str,
) -> Result<(Cid, Value), ProofError> {
    const RECORD: &str = "record";
    if car.len() > MAX_PROOF {
        let max_bytes = MAX_PROOF;
        return Err(ProofError::TooLarge { max_bytes });
    }
    let car = Car::parse(car)?;
    let tree = commit::verify(&car, did, key)?;
    let cid = mst::find(&car, &tree, &format!("{collection}/{rkey}"))?;
    let record = block::decode(&cid, RECORD, car.block(&cid, RECORD)?)?;
    let cid = Cid::parse(&cid[..]).map_err(|error| ProofError::InvalidBlock {
        cid,
        role: RECORD,
        reason: error.to_string(),
    })?;
    Ok((cid, record))
}
