//! The string formats of the Lexicon language: what is legal, and a type for each.
//! Source: <https://atproto.com/specs/lexicon#string-formats>.

mod at_uri;
pub(crate) mod cid;
mod datetime;
mod did;
mod handle;
mod language;
mod nsid;
mod record_key;
mod space_ref;
mod string_format;
mod text;
mod tid;
mod typed;
mod uri;

pub use string_format::{Format, InvalidFormat};
pub(crate) use text::Reason;
pub use typed::{
    AtIdentifier, AtUri, Cid, Datetime, Did, Handle, Language, Nsid, RecordKey, SpaceRef, Tid, Uri,
};
