use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;

use crate::body::BodyError;

/// A body that has to arrive within `limit` from the time at which it has to be waited for.
///
/// `timer` makes the runtime's own timer, such as `tokio::time::sleep(limit)`. Most bodies arrive with
/// the head, and need none.
pub fn with_deadline<B, E, T>(
    body: B,
    limit: Duration,
    timer: impl Fn() -> T + Unpin,
) -> impl Stream<Item = Result<Bytes, BodyError>>
where
    B: Stream<Item = Result<Bytes, E>> + Unpin,
    T: Future<Output = ()>,
{
    WithDeadline {
        body,
        limit,
        timer,
        started: None,
    }
}

struct WithDeadline<B, F, T> {
    body: B,
    limit: Duration,
    timer: F,
    started: Option<Pin<Box<T>>>,
}

impl<B, E, F, T> Stream for WithDeadline<B, F, T>
where
    B: Stream<Item = Result<Bytes, E>> + Unpin,
    F: Fn() -> T + Unpin,
    T: Future<Output = ()>,
{
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Poll::Ready(part) = Pin::new(&mut this.body).poll_next(context) {
            return Poll::Ready(part.map(|part| part.map_err(|_| BodyError::Incomplete)));
        }
        let limit = this.limit;
        let timer = this.started.get_or_insert_with(|| Box::pin((this.timer)()));
        match timer.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(BodyError::TimedOut { limit }))),
            Poll::Pending => Poll::Pending,
        }
    }
}
