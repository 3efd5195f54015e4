//! Commits: whose repository it is, its tree, and the signature.
//! Source: <https://atproto.com/specs/repository#commit-objects>.

use atproto_resolver::{Did, PublicKey};
use lexicon_runtime::{Bytes, CidLink, dag_cbor};
use serde::Deserialize;
use serde_json::Value;

use crate::block;
use crate::car::Car;
use crate::error::ProofError;

const VERSION: u64 = 3;
const COMMIT: &str = "commit";

#[derive(Deserialize)]
struct Commit {
    did: String,
    version: u64,
    data: CidLink,
    sig: Bytes,
}

/// Verifies that the root of a CAR file is a commit of `did`, signed with `key`. Returns the CID of the root
/// of its tree.
pub(crate) fn verify(car: &Car<'_>, did: &Did, key: &PublicKey) -> Result<String, ProofError> {
    let cid = &car.root;
    let mut value = block::decode(cid, COMMIT, car.block(cid, COMMIT)?)?;
    let commit: Commit = block::convert(cid, COMMIT, value.clone())?;
    if commit.version != VERSION {
        let version = commit.version;
        return Err(ProofError::UnsupportedCommit { version });
    }
    if Did::parse(&commit.did).as_ref() != Ok(did) {
        return Err(ProofError::OtherRepository {
            expected: did.clone(),
            found: commit.did,
        });
    }
    // What is signed is the commit without its signature.
    if let Value::Object(members) = &mut value {
        members.remove("sig");
    }
    let signed = dag_cbor::write(&value).map_err(|error| ProofError::InvalidBlock {
        cid: cid.clone(),
        role: COMMIT,
        reason: error.to_string(),
    })?;
    let signature = <[u8; 64]>::try_from(commit.sig.0).ok();
    if signature.is_some_and(|signature| key.verify(&signed, &signature)) {
        Ok(commit.data.cid.into_string())
    } else {
        Err(ProofError::WrongSignature { did: did.clone() })
    }
}
