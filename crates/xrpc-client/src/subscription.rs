//! Subscriptions: streams of events over WebSockets.
//! Source: <https://atproto.com/specs/event-stream>.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{Sink, StreamExt};
use lexicon_runtime::frame::{self, Frame};
use lexicon_runtime::{ErrorBody, MethodError, Subscription, Violations};
use reqwest::Upgraded;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::error::BoxError;
use crate::timer::{Sleep, Timer};

/// The time without a frame after which the server is pinged, and after the ping the connection closed.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// The messages of a subscription, from [`Client::subscribe`](crate::Client::subscribe).
///
/// It is a [`Stream`], and has [`EventStream::next`] for programs without a crate for streams. A server
/// that is silent for 30 s is pinged; after 30 s more without an answer the stream ends with an error.
pub struct EventStream<S: Subscription> {
    socket: WebSocketStream<Upgraded>,
    timer: Arc<dyn Timer>,
    sleep: Sleep,
    is_alive: bool,
    has_ended: bool,
    subscription: std::marker::PhantomData<fn() -> S>,
}

/// An item of a subscription that is no message. `E` is the error enum of the subscription. The stream
/// ends after each but [`EventError::InvalidFrame`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError<E> {
    /// The server ended the stream with an error that the lexicon declares.
    #[error("{0}")]
    Declared(E),
    /// The server ended the stream with another error, such as `ConsumerTooSlow`.
    #[error("the server ended the stream: {0}")]
    Xrpc(ErrorBody),
    /// A frame that is malformed, or breaks the schema. The stream goes on.
    #[error("a frame of the stream is invalid: {0}")]
    InvalidFrame(Violations),
    /// The connection broke, or the server did not answer to a ping.
    #[error("the connection broke")]
    Interrupted(#[source] BoxError),
}

impl<S: Subscription> EventStream<S> {
    pub(crate) async fn new(socket: Upgraded, limit: usize, timer: Arc<dyn Timer>) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(Some(limit))
            .max_frame_size(Some(limit));
        Self {
            socket: WebSocketStream::from_raw_socket(socket, Role::Client, Some(config)).await,
            sleep: timer.sleep(PING_INTERVAL),
            timer,
            is_alive: true,
            has_ended: false,
            subscription: std::marker::PhantomData,
        }
    }

    /// Waits for the next message; `None` once the stream has ended.
    ///
    /// # Errors
    /// The variants of [`EventError`].
    pub async fn next(&mut self) -> Option<Result<S::Message, EventError<S::Error>>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Waits for a frame with a message or an error, and answers pings meanwhile.
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        while let Poll::Ready(message) = self.socket.poll_next_unpin(context) {
            self.is_alive = true;
            self.sleep = self.timer.sleep(PING_INTERVAL);
            match message {
                Some(Ok(Message::Binary(bytes))) => return Poll::Ready(Some(Ok(bytes))),
                Some(Ok(Message::Close(_))) | None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(_)) => {}
            }
        }
        Poll::Pending
    }

    /// Waits until the server is given up, and pings it meanwhile.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<Error> {
        loop {
            ready!(self.sleep.as_mut().poll(context));
            if !self.is_alive {
                let silence = std::io::Error::from(std::io::ErrorKind::TimedOut);
                return Poll::Ready(Error::Io(silence));
            }
            self.is_alive = false;
            self.sleep = self.timer.sleep(PING_INTERVAL);
            let mut socket = Pin::new(&mut self.socket);
            // A socket that takes no ping is as silent as one that does not answer it.
            if socket.as_mut().poll_ready(context).is_ready() {
                let _ = socket.as_mut().start_send(Message::Ping(Bytes::new()));
                let _ = socket.poll_flush(context);
            }
        }
    }
}

impl<S: Subscription> Stream for EventStream<S> {
    type Item = Result<S::Message, EventError<S::Error>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        while !this.has_ended {
            let frame = match this.poll_frame(context) {
                Poll::Ready(frame) => frame,
                Poll::Pending => Some(Err(ready!(this.poll_silence(context)))),
            };
            this.has_ended = !matches!(frame, Some(Ok(_)));
            let bytes = match frame {
                None => break,
                Some(Err(error)) => {
                    return Poll::Ready(Some(Err(EventError::Interrupted(error.into()))));
                }
                Some(Ok(bytes)) => bytes,
            };
            return Poll::Ready(Some(match frame::decode::<S>(&bytes) {
                Ok(Frame::Message(message)) => Ok(message),
                Ok(Frame::Unknown(_)) => continue,
                Ok(Frame::Error(error)) => {
                    this.has_ended = true;
                    let body: ErrorBody = error.into();
                    Err(if S::Error::NAMES.contains(&&body.error[..]) {
                        EventError::Declared(body.into())
                    } else {
                        EventError::Xrpc(body)
                    })
                }
                Err(violations) => Err(EventError::InvalidFrame(violations)),
            }));
        }
        Poll::Ready(None)
    }
}

impl<S: Subscription> fmt::Debug for EventStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("nsid", &S::NSID)
            .field("has_ended", &self.has_ended)
            .finish_non_exhaustive()
    }
}
