//! What generated Lexicon code stands on: string formats, checks with places, data types, and the
//! traits by which a server or a client meets a method. No framework, no I/O.

pub mod check;
pub mod dag_cbor;
pub mod data;
pub mod format;
pub mod frame;
pub mod json;
pub mod query;
pub mod secret;
pub mod xrpc;

pub use check::{Checker, Schema, Violation, Violations};
pub use data::{Blob, Bytes, CidLink, Object, TypedObject, UnknownObject, variant};
pub use format::{
    AtIdentifier, AtUri, Cid, Datetime, Did, Format, Handle, InvalidFormat, Language, Nsid,
    RecordKey, Tid, Uri,
};
pub use secret::Secret;
pub use serde_json::Value;
pub use xrpc::{
    Body, ErrorBody, Handler, Lexicon, MethodKind, NoBody, NoParams, Param, ParamKind, RawBody,
    Record, Request, Router, Subscription, XrpcMethod,
};
