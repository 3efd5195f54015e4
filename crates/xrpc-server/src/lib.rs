#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod anonymous;
mod authenticator;
mod body;
mod content_type;
mod cors;
mod deadline;
mod error;
mod handler;
mod head;
mod method;
mod observer;
mod router;
mod server;

pub use anonymous::Anonymous;
pub use authenticator::Authenticator;
pub use body::{BodyError, read_body};
pub use deadline::with_deadline;
pub use error::{HandlerError, XrpcError};
pub use handler::{Handler, Request, Response};
pub use head::Head;
pub use method::MethodInfo;
pub use observer::{Observer, Outcome, Report};
pub use router::Router;
pub use server::{DEFAULT_BODY_LIMIT, DEFAULT_BODY_TIMEOUT, Server};

pub use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
pub use lexicon_runtime::{ErrorBody, MethodKind, NoBody, NoParams, RawBody, XrpcMethod};
