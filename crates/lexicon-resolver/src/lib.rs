#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod authority;
mod block;
mod car;
mod commit;
mod dns;
mod document;
mod error;
mod host;
mod mst;
mod proof;
mod resolver;
mod response;
mod text;

pub use authority::Authority;
pub use dns::Dns;
pub use document::ResolvedLexicon;
pub use error::{ProofError, ResolveLexiconError};
pub use host::resolve_at_host;
pub use proof::{MAX_PROOF, verify_record};
pub use resolver::{LexiconResolver, Repository};

/// The collection of the records that hold lexicons. The key of such a record is the NSID of its lexicon.
pub const COLLECTION: &str = "com.atproto.lexicon.schema";
