use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use lexicon_runtime::{MethodKind, Subscription, Violations, frame, query};

use crate::error::{HandlerError, XrpcError};
use crate::events::{Events, Frames, SendError};
use crate::head::Head;
use crate::method::MethodInfo;
use crate::panic::catch_panic;

/// The name of the error of a consumer that reads too slowly.
const TOO_SLOW: &str = "ConsumerTooSlow";

/// A service's implementation of one subscription. `C` is the caller that its
/// [`Authenticator`](crate::Authenticator) returns.
/// Source: <https://atproto.com/specs/event-stream>.
pub trait SubscriptionHandler<S: Subscription, C>: Send + Sync + 'static {
    /// Puts the messages of one consumer into `events`, until there are no more or it is closed. When the
    /// consumer leaves or the server stops, the future is dropped.
    ///
    /// # Errors
    /// The error that the consumer gets as the last frame, such as a declared `FutureCursor`. A
    /// [`SendError`] converts.
    fn subscribe(
        &self,
        request: SubscriptionRequest<S, C>,
        events: Events<S>,
    ) -> impl Future<Output = Result<(), HandlerError<S::Error>>> + Send;
}

/// A consumer that subscribes.
#[derive(Clone)]
#[non_exhaustive]
pub struct SubscriptionRequest<S: Subscription, C> {
    /// The query parameters, checked.
    pub params: S::Params,
    /// The authenticated caller.
    pub caller: C,
    /// The head of the HTTP request.
    pub head: Head,
}

impl<E> From<SendError> for HandlerError<E> {
    fn from(error: SendError) -> Self {
        XrpcError::from(error).into()
    }
}

impl From<SendError> for XrpcError {
    fn from(error: SendError) -> Self {
        let name = match &error {
            SendError::Closed => "ConnectionClosed",
            SendError::ConsumerTooSlow => TOO_SLOW,
            SendError::Invalid(violations) => return Self::internal(violations),
        };
        Self::new(http::StatusCode::BAD_REQUEST, name, error)
    }
}

/// A stream that is open, for an adapter: it sends `frames`, then the last frame that `run` returns.
#[non_exhaustive]
pub struct EventStream {
    /// The frames, in their order.
    pub frames: Frames,
    /// The handler. It returns the frame of the error with which it ended, if it did.
    pub run: Pin<Box<dyn Future<Output = Option<Bytes>> + Send>>,
}

/// A subscription, with its types erased.
pub(crate) struct SubscriptionRoute<Svc, C> {
    /// A subscription is called like a query.
    pub(crate) info: MethodInfo,
    pub(crate) decode_params: DecodeParams<Svc, C>,
}

impl<Svc, C> Clone for SubscriptionRoute<Svc, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Svc, C> Copy for SubscriptionRoute<Svc, C> {}

type DecodeParams<Svc, C> = fn(&str) -> Result<Box<dyn Open<Svc, C>>, Violations>;

/// A subscription whose parameters are decoded.
pub(crate) trait Open<Svc, C>: Send {
    /// Begins the handler.
    fn open(self: Box<Self>, service: Arc<Svc>, caller: C, head: Head) -> EventStream;
}

struct Decoded<S: Subscription> {
    params: S::Params,
}

/// The route of the subscription `S`.
pub(crate) fn route<S, Svc, C>() -> SubscriptionRoute<Svc, C>
where
    S: Subscription,
    Svc: SubscriptionHandler<S, C>,
    C: Send + 'static,
{
    SubscriptionRoute {
        info: MethodInfo {
            nsid: S::NSID,
            kind: MethodKind::Query,
        },
        decode_params: |text| {
            let params = query::decode(S::PARAMS, text)?;
            Ok(Box::new(Decoded::<S> { params }))
        },
    }
}

impl<S, Svc, C> Open<Svc, C> for Decoded<S>
where
    S: Subscription,
    Svc: SubscriptionHandler<S, C>,
    C: Send + 'static,
{
    fn open(self: Box<Self>, service: Arc<Svc>, caller: C, head: Head) -> EventStream {
        let (events, frames) = Events::new();
        let request = SubscriptionRequest {
            params: self.params,
            caller,
            head,
        };
        let waiting = frames.clone();
        let run = Box::pin(async move {
            let result = catch_panic(async move { service.subscribe(request, events).await }).await;
            let error = match result {
                Ok(Ok(())) => return None,
                Ok(Err(error)) => XrpcError::from(error),
                Err(error) => error,
            };
            if error.body().error == TOO_SLOW {
                // A slow consumer would not reach the error behind them in time.
                waiting.clear();
            }
            Some(frame::encode_error(error.body()).into())
        });
        EventStream { frames, run }
    }
}
