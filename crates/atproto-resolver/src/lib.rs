//! Resolves the identities of the AT Protocol: a DID to its DID document, a handle to its DID, and both
//! directions of a handle.
//!
//! Other people choose the addresses, so each request goes through one [`HttpClient`] with bounds: a
//! time-out, a size limit, a limit of requests in flight, no redirect to another host, no private address, and
//! plain http to `localhost` only where that is allowed. The client is public, for the requests that follow a
//! resolution.
//!
//! ```no_run
//! use atproto_resolver::{Did, Handle, ResolveError, Resolver};
//!
//! # async fn example() -> Result<(), ResolveError> {
//! let resolver = Resolver::builder().build()?;
//! let handle: Handle = "alice.example.com".parse().expect("a handle");
//! let document = resolver.resolve_account(&handle).await?;
//! println!("{} has its data at {:?}", document.did(), document.pds());
//! # Ok(())
//! # }
//! ```
//!
//! DIDs are compared by value: [`Did`] holds the normal form.
//!
//! ```
//! use atproto_resolver::Did;
//!
//! let one = Did::parse("did:web:LOCALHOST%3a2583")?;
//! let other = Did::parse("did:web:localhost%3A2583")?;
//! assert_eq!(one, other);
//! assert_eq!(one.as_str(), "did:web:localhost%3A2583");
//! # Ok::<(), atproto_resolver::InvalidDid>(())
//! ```
//!
//! Sources: <https://atproto.com/specs/did>, <https://atproto.com/specs/handle>.
#![deny(missing_docs)]

mod address;
mod did;
mod did_document;
mod did_plc;
mod did_web;
mod dns;
mod error;
mod handle;
mod http_client;
mod http_error;
mod in_flight;
mod network;
#[cfg(feature = "signatures")]
mod public_key;
mod resolver;
mod tls;
mod verification_key;

pub use address::{is_loopback, network_of};
pub use did::{Did, InvalidDid};
pub use did_document::{DidDocument, InvalidDidDocument, Service, VerificationMethod};
pub use dns::NameResolver;
pub use error::ResolveError;
pub use handle::{Handle, InvalidHandle};
pub use http_client::{HttpClient, HttpClientBuilder, Response};
pub use http_error::HttpError;
pub use in_flight::RequestLimits;
pub use network::Network;
#[cfg(feature = "signatures")]
pub use public_key::PublicKey;
pub use resolver::{Resolver, ResolverBuilder};
pub use verification_key::{Curve, VerificationKey};

/// Runs the examples of the README as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
