//! The answer to a call.

use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};
use thiserror::Error;

/// An answer.
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers. The length of the body is not among them.
    pub headers: HeaderMap,
    /// The body.
    pub body: ReplyBody,
}

/// The body of an answer.
pub enum ReplyBody {
    /// All of it.
    Whole(Bytes),
    /// Events as they come. Who drops the stream cancels the call.
    Events(Events),
}

/// A stream of server-sent events. An item is one or more whole events.
pub type Events = Pin<Box<dyn Stream<Item = Result<Bytes, Truncated>>>>;

/// The upstream's answer broke off. The last item was an event that says so: the connection has to end without the mark of
/// a complete answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the upstream's answer broke off")]
pub struct Truncated;
