//! Who signed: service-auth tokens of the AT Protocol, DID documents, and their resolution with its
//! caches and guards. It knows nothing of keys, of the store, and of the server's framework.
//! Source: <https://atproto.com/specs/xrpc#inter-service-authentication-jwt>,
//! <https://atproto.com/specs/did>.

mod address;
mod did_document;
mod did_web;
mod fetch;
mod public_key;
mod refusal;
mod resolver;
mod service_auth;
mod token;

pub use did_document::DidDocument;
pub use fetch::{Fetch, Guard};
pub use public_key::{Algorithm, PublicKey};
pub use refusal::Refusal;
pub use resolver::{Limits, Resolver};
pub use service_auth::{Caller, Policy, ServiceAuth};
