#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod anonymous;
mod authenticator;
mod body;
#[cfg(feature = "subscriptions")]
mod byte_budget;
#[cfg(feature = "subscriptions")]
mod closing;
mod cors;
mod deadline;
mod error;
#[cfg(feature = "subscriptions")]
mod events;
mod handler;
#[cfg(feature = "subscriptions")]
mod handshake;
mod head;
mod method;
mod observer;
mod panic;
mod router;
mod server;
#[cfg(feature = "subscriptions")]
mod subscription;

pub use anonymous::Anonymous;
pub use authenticator::Authenticator;
pub use body::{BodyError, read_body};
pub use cors::{EXPOSED_HEADERS, preflight_headers};
pub use deadline::with_deadline;
pub use error::{HandlerError, XrpcError};
#[cfg(feature = "subscriptions")]
pub use events::{Events, Frames, SendError};
pub use handler::{Handler, HandlerResult, Request, Response};
pub use head::{Head, client_address};
pub use method::MethodInfo;
pub use observer::{Observer, Outcome, Report};
pub use router::Router;
pub use server::{DEFAULT_BODY_LIMIT, DEFAULT_BODY_TIMEOUT, Server};
#[cfg(feature = "subscriptions")]
pub use subscription::{EventStream, SubscriptionHandler, SubscriptionRequest};

pub use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
pub use lexicon_runtime::{ErrorBody, MethodKind, NoBody, NoParams, RawBody, XrpcMethod};
