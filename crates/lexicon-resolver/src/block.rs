//! One block of a repository: its value in the data model.

use lexicon_runtime::Value;
use lexicon_runtime::dag_cbor;
use serde::de::DeserializeOwned;

use crate::error::ProofError;
use crate::text::shown;

/// Reads a block, whose `role` errors name. Its bytes have to be the one encoding of the value: what would be
/// written differently, such as text that looks like a link, is rejected.
pub(crate) fn decode(cid: &str, role: &'static str, bytes: &[u8]) -> Result<Value, ProofError> {
    let invalid = |reason: String| ProofError::InvalidBlock {
        cid: cid.to_owned(),
        role,
        reason,
    };
    let (value, rest) = dag_cbor::read(bytes).map_err(|error| invalid(shown(&error)))?;
    if !rest.is_empty() {
        return Err(invalid(format!("{} bytes follow its value", rest.len())));
    }
    let written = dag_cbor::write(&value).map_err(|error| invalid(shown(&error)))?;
    if written == bytes {
        Ok(value)
    } else {
        Err(invalid(
            "it is not in the one encoding of its value".to_owned(),
        ))
    }
}

/// Converts the value of a block into a type.
pub(crate) fn convert<T: DeserializeOwned>(
    cid: &str,
    role: &'static str,
    value: Value,
) -> Result<T, ProofError> {
    serde_json::from_value(value).map_err(|error| ProofError::InvalidBlock {
        cid: cid.to_owned(),
        role,
        reason: shown(&error),
    })
}
