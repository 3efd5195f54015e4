//! A resolved lexicon: the document of a record.

use atproto_resolver::Did;
use lexicon_runtime::{AtUri, Cid, Nsid};
use serde_json::{Map, Value};

use crate::COLLECTION;

/// The version of the Lexicon language.
const LEXICON: u64 = 1;

/// A lexicon as it is published.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ResolvedLexicon {
    /// The NSID: the `id` of the document, and the key of its record.
    pub nsid: Nsid,
    /// The place of the record: `at://DID/com.atproto.lexicon.schema/NSID`.
    pub uri: AtUri,
    /// The CID of the record.
    pub cid: Cid,
    /// The document: the record without its `$type`. What it defines is not checked.
    pub document: Map<String, Value>,
}

/// Returns the place of a record.
pub(crate) fn uri(did: &Did, collection: &str, rkey: &str) -> String {
    format!("at://{did}/{collection}/{rkey}")
}

/// Returns the document of a record, or why the record is no lexicon with this NSID.
pub(crate) fn of_record(record: Value, nsid: &Nsid) -> Result<Map<String, Value>, String> {
    let Value::Object(mut document) = record else {
        return Err("expected an object".to_owned());
    };
    if document.remove("$type").as_ref().and_then(Value::as_str) != Some(COLLECTION) {
        return Err(format!("`$type`: expected {COLLECTION}"));
    }
    if document.get("lexicon").and_then(Value::as_u64) != Some(LEXICON) {
        return Err(format!("`lexicon`: expected {LEXICON}"));
    }
    if document.get("id").and_then(Value::as_str) != Some(nsid.as_str()) {
        return Err(format!("`id`: expected {nsid}"));
    }
    if !document.get("defs").is_some_and(Value::is_object) {
        return Err("`defs`: expected an object".to_owned());
    }
    Ok(document)
}
