//! A stream of events whose head is not here yet: the client gets comments meanwhile.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::ready;
use futures_util::stream::{once, unfold};
use tokio::time::timeout;

use crate::error::GatewayError;
use crate::relay::{PING, Relay, truncated};
use crate::reply::{Events, Truncated};
use crate::watch::Watch;

/// Why an answer does not begin whose status was promised before.
pub(crate) enum EarlyError {
    /// An error of the gateway.
    Own(GatewayError),
    /// The upstream's error, in the envelope of the dialect.
    Upstream(Bytes),
}

/// The events of such an answer: a comment at once, and another one after each `ping_after`.
pub(crate) fn early_events<F>(opening: Pin<Box<F>>, watch: Watch, ping_after: Duration) -> Events
where
    F: Future<Output = Result<Relay, EarlyError>> + 'static + ?Sized,
{
    let state = Early::Opening(opening, watch);
    let events = unfold(state, move |state| next(state, ping_after));
    Box::pin(once(ready(Ok(Bytes::from_static(PING)))).chain(events))
}

/// How far the answer is.
enum Early<F: ?Sized> {
    Opening(Pin<Box<F>>, Watch),
    Open(Box<Relay>),
    Failed,
}

async fn next<F>(
    state: Early<F>,
    ping_after: Duration,
) -> Option<(Result<Bytes, Truncated>, Early<F>)>
where
    F: Future<Output = Result<Relay, EarlyError>> + ?Sized,
{
    let mut relay = match state {
        Early::Failed => return Some((truncated().await?, Early::Failed)),
        Early::Open(relay) => relay,
        Early::Opening(mut opening, watch) => match timeout(ping_after, opening.as_mut()).await {
            Err(_) => {
                let ping = Bytes::from_static(PING);
                return Some((Ok(ping), Early::Opening(opening, watch)));
            }
            Ok(Ok(relay)) => Box::new(relay),
            Ok(Err(error)) => {
                let event = match error {
                    EarlyError::Own(error) => watch.error_event(&error),
                    EarlyError::Upstream(body) => watch.event_of_error(&body),
                };
                return Some((Ok(event.into()), Early::Failed));
            }
        },
    };
    let item = relay.next().await?;
    Some((item, Early::Open(relay)))
}
