#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod base32;
pub mod body;
pub mod check;
#[cfg(feature = "event-stream")]
pub mod dag_cbor;
pub mod data;
pub mod error;
pub mod format;
#[cfg(feature = "event-stream")]
pub mod frame;
pub mod json;
pub mod media_type;
pub mod method;
pub mod params;
pub mod query;
pub mod secret;
pub mod shape;
pub mod tree;

pub use body::{Body, NoBody, RawBody};
pub use check::{Checker, Options, Validate, Violation, Violations};
pub use data::{Blob, Bytes, CidLink, Object, TypedObject, UnknownObject};
pub use error::{ErrorBody, MethodError};
pub use format::{
    AtIdentifier, AtUri, Cid, Datetime, Did, Format, Handle, InvalidFormat, Language, Nsid,
    RecordKey, SpaceRef, Tid, Uri,
};
pub use method::{Lexicon, MethodKind, NoParams, Record, Subscription, XrpcMethod};
pub use params::{Param, ParamKind};
pub use secret::Secret;
#[doc(hidden)]
pub use serde;
pub use serde_json::Value;
pub use tree::{Members, Node, Tree};
