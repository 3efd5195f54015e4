//! The CID of a document: CIDv1, DAG-CBOR, SHA-256, base32.
//! Source: <https://atproto.com/specs/data-model> and <https://ipld.io/specs/codecs/dag-cbor/spec/>.

use lexicon_runtime::base32;
use lexicon_runtime::dag_cbor::{self, CborError};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::json::read_integers;

/// Version 1, codec DAG-CBOR, multihash SHA-256 of 32 bytes.
const PREFIX: [u8; 4] = [0x01, 0x71, 0x12, 0x20];

/// The CID under which a lexicon is published: that of the record, which is the document with its
/// `$type` added.
///
/// # Errors
/// The document holds something outside of the data model, such as a fraction.
pub fn of_lexicon(document: &Map<String, Value>) -> Result<String, CborError> {
    let mut record = document.clone();
    record.insert("$type".to_owned(), "com.atproto.lexicon.schema".into());
    let mut record = Value::Object(record);
    read_integers(&mut record);
    of_value(&record)
}

/// The CID of a value.
///
/// # Errors
/// As [`of_lexicon`].
pub fn of_value(value: &Value) -> Result<String, CborError> {
    Ok(of_block(&dag_cbor::write(value)?))
}

/// The CID of a block of DAG-CBOR.
pub fn of_block(bytes: &[u8]) -> String {
    let mut cid = PREFIX.to_vec();
    cid.extend(Sha256::digest(bytes));
    format!("b{}", base32::encode(&cid))
}
