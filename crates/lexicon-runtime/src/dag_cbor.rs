//! The data model in DAG-CBOR: one encoding for each value.
//! Source: <https://ipld.io/specs/codecs/dag-cbor/spec/> and <https://atproto.com/specs/data-model>.

mod read;
mod write;

pub use read::read;
pub use write::write;

/// The deepest nesting that is read, as in JSON.
const MAX_DEPTH: usize = 128;

/// The CBOR tag of a link.
const LINK: u64 = 42;

/// A value that is not in the data model: the place, or the offset in bytes, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at \"{place}\": {message}")]
pub struct CborError {
    place: String,
    message: &'static str,
}

impl CborError {
    fn new(place: impl Into<String>, message: &'static str) -> Self {
        Self {
            place: place.into(),
            message,
        }
    }
}
