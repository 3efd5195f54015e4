//! A stream of events on its way from an upstream to the client.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::ready;
use futures_util::stream::{once, unfold};
use futures_util::{FutureExt, StreamExt};
use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming};
use tokio::time::{Instant, sleep_until, timeout};

use crate::error::{ErrorCode, GatewayError};
use crate::events::EventBuffer;
use crate::in_flight::InFlight;
use crate::reply::{Events, Truncated};
use crate::watch::Watch;

/// A comment, which clients skip.
const PING: &[u8] = b": ping\n\n";
/// How many bytes of events that are ready go out together at most.
const MAX_TOGETHER: usize = 64 * 1024;
/// How long the end of an answer may take after its last event: some servers leave the connection open.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The times of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// After how long a silence the client gets a comment.
    pub(crate) ping_after: Option<Duration>,
    /// How long the upstream may be silent.
    pub(crate) idle_timeout: Duration,
    /// When the answer has to be complete.
    pub(crate) deadline: Instant,
}

/// An answer that streams.
pub(crate) struct Relay {
    pub(crate) body: Incoming,
    pub(crate) watch: Watch,
    pub(crate) times: Times,
    pub(crate) in_flight: InFlight,
    buffer: EventBuffer,
    /// When the last bytes of the upstream came.
    heard_at: Instant,
    is_over: bool,
}

impl Relay {
    pub(crate) fn new(body: Incoming, watch: Watch, times: Times, in_flight: InFlight) -> Self {
        Self {
            body,
            watch,
            times,
            in_flight,
            buffer: EventBuffer::default(),
            heard_at: Instant::now(),
            is_over: false,
        }
    }

    /// Returns the events as a stream.
    pub(crate) fn events(self) -> Events {
        Box::pin(unfold(self, |mut relay| async {
            let item = relay.next().await?;
            Some((item, relay))
        }))
    }

    /// Returns the events that are ready, once there are any, or a comment if there are none for long. `None`: the answer is
    /// complete.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, Truncated>> {
        if self.is_over {
            return truncated().await;
        }
        loop {
            let idle = self.heard_at + self.times.idle_timeout;
            let frame = match self.frame(self.times.deadline.min(idle)).await {
                Arrived::Frame(frame) => frame,
                Arrived::Silence => return Some(Ok(Bytes::from_static(PING))),
                Arrived::End if self.watch.is_done => return self.end(),
                Arrived::End => return self.break_off(ErrorCode::UpstreamError).await,
                Arrived::Late => return self.break_off(ErrorCode::UpstreamTimeout).await,
            };
            self.heard_at = Instant::now();
            self.add(&frame);
            let mut size = frame.len();
            while size < MAX_TOGETHER
                && let Some(frame) = self.ready_frame().await
            {
                size += frame.len();
                self.add(&frame);
            }
            let events = self.complete_events();
            if !events.is_empty() {
                return Some(Ok(events));
            }
            if self.buffer.is_too_large() {
                return self.break_off(ErrorCode::UpstreamError).await;
            }
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.buffer.push(bytes);
    }

    /// Waits for the next bytes of the upstream.
    async fn frame(&mut self, until: Instant) -> Arrived {
        if self.watch.is_done {
            return match timeout(CLOSE_TIMEOUT, self.body.frame()).await {
                Ok(Some(Ok(frame))) => Arrived::of(frame),
                _ => Arrived::End,
            };
        }
        let ping_at = self.times.ping_after.map(|after| Instant::now() + after);
        let wake_at = ping_at.map_or(until, |ping| ping.min(until));
        tokio::select! {
            biased;
            frame = self.body.frame() => match frame {
                Some(Ok(frame)) => Arrived::of(frame),
                Some(Err(_)) | None => Arrived::End,
            },
            () = sleep_until(wake_at) => {
                if wake_at < until { Arrived::Silence } else { Arrived::Late }
            }
        }
    }

    /// Returns bytes that the connection has already. It hands them on one frame at a time, each when it is run again.
    async fn ready_frame(&mut self) -> Option<Bytes> {
        for is_last in [false, true] {
            match self.body.frame().now_or_never() {
                Some(Some(Ok(frame))) => return Some(frame.into_data().unwrap_or_default()),
                // What it is shows at the next turn.
                Some(_) => return None,
                None if is_last => return None,
                None => tokio::task::yield_now().await,
            }
        }
        None
    }

    /// Takes the events that are complete, and drops those that the client did not ask for.
    fn complete_events(&mut self) -> Bytes {
        let mut events = BytesMut::new();
        while let Some(event) = self.buffer.next() {
            if self.watch.follow(&event) {
                events.extend_from_slice(&event);
            }
        }
        self.count(false);
        events.freeze()
    }

    fn count(&mut self, is_complete: bool) {
        let usage = self.watch.count;
        let usage = usage.usage(is_complete, self.in_flight.request_bytes());
        self.in_flight.set_usage(usage);
    }

    fn end(&mut self) -> Option<Result<Bytes, Truncated>> {
        self.count(true);
        if self.watch.has_failed {
            self.in_flight.fail();
        } else {
            self.in_flight.complete(StatusCode::OK);
        }
        None
    }

    /// Returns the event that says that the answer broke off, after which the connection ends.
    async fn break_off(&mut self, code: ErrorCode) -> Option<Result<Bytes, Truncated>> {
        self.is_over = true;
        self.in_flight.fail();
        if self.watch.has_failed {
            // The upstream's own event has said so.
            return truncated().await;
        }
        let message = match code {
            ErrorCode::UpstreamTimeout => "the upstream took too long: the answer is not complete",
            _ => "the upstream's answer broke off: it is not complete",
        };
        let error = GatewayError::new(code, message);
        Some(Ok(self.watch.error_event(&error).into()))
    }
}

/// The end of an answer that is not complete. What came before has to be sent first, which happens while this waits.
async fn truncated() -> Option<Result<Bytes, Truncated>> {
    tokio::task::yield_now().await;
    Some(Err(Truncated))
}

/// What came of an upstream.
enum Arrived {
    /// Bytes.
    Frame(Bytes),
    /// Nothing for so long that the client gets a comment.
    Silence,
    /// Nothing for too long.
    Late,
    /// The end, or the upstream is gone.
    End,
}

impl Arrived {
    fn of(frame: Frame<Bytes>) -> Self {
        // Trailers say nothing that the client needs.
        Self::Frame(frame.into_data().unwrap_or_default())
    }
}

/// The events of an answer whose head is not here yet: the client gets comments meanwhile, the first one at once, and
/// another after each `ping_after`.
pub(crate) fn early_events<F>(opening: Pin<Box<F>>, watch: Watch, ping_after: Duration) -> Events
where
    F: Future<Output = Result<Relay, GatewayError>> + 'static + ?Sized,
{
    let state = Early::Opening(opening, watch);
    let events = unfold(state, move |state| next_of_early(state, ping_after));
    Box::pin(once(ready(Ok(Bytes::from_static(PING)))).chain(events))
}

/// An answer whose head is not here yet, or was not when the first comment was sent.
enum Early<F: ?Sized> {
    Opening(Pin<Box<F>>, Watch),
    Open(Box<Relay>),
    Failed,
}

async fn next_of_early<F>(
    state: Early<F>,
    ping_after: Duration,
) -> Option<(Result<Bytes, Truncated>, Early<F>)>
where
    F: Future<Output = Result<Relay, GatewayError>> + ?Sized,
{
    match state {
        Early::Opening(mut opening, watch) => match timeout(ping_after, opening.as_mut()).await {
            Err(_) => Some((Ok(Bytes::from_static(PING)), Early::Opening(opening, watch))),
            Ok(Ok(mut relay)) => {
                let item = relay.next().await?;
                Some((item, Early::Open(Box::new(relay))))
            }
            Ok(Err(error)) => {
                let event = watch.error_event(&error);
                Some((Ok(event.into()), Early::Failed))
            }
        },
        Early::Open(mut relay) => {
            let item = relay.next().await?;
            Some((item, Early::Open(relay)))
        }
        Early::Failed => Some((truncated().await?, Early::Failed)),
    }
}
