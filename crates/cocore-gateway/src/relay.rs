//! A stream of events on its way from an upstream to the client.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use futures_util::stream::unfold;
use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::error::{ErrorCode, GatewayError};
use crate::events::EventBuffer;
use crate::in_flight::InFlight;
use crate::reply::{Events, Truncated};
use crate::watch::Watch;

/// A comment, which clients skip.
pub(crate) const PING: &[u8] = b": ping\n\n";
/// How many bytes of events that are ready go out together at most.
const MAX_TOGETHER: usize = 64 * 1024;
/// How many further frames are taken at most before what is ready goes out.
const MAX_FRAMES: usize = 32;
/// How long the end of an answer may take after its last event: some servers leave the connection open.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The times of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// After how long a silence the client gets a comment.
    pub(crate) ping_after: Duration,
    /// How long the upstream may be silent.
    pub(crate) idle_timeout: Duration,
    /// When the answer has to be complete.
    pub(crate) deadline: Instant,
}

/// An answer that streams.
pub(crate) struct Relay {
    body: Incoming,
    watch: Watch,
    times: Times,
    in_flight: InFlight,
    buffer: EventBuffer,
    /// When the last bytes of the upstream came.
    heard_at: Instant,
    /// When the client got its last bytes.
    told_at: Instant,
    /// When an answer that is complete has to end.
    close_at: Option<Instant>,
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
            told_at: Instant::now(),
            close_at: None,
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
        let item = self.next_item().await;
        self.told_at = Instant::now();
        item
    }

    async fn next_item(&mut self) -> Option<Result<Bytes, Truncated>> {
        if self.is_over {
            return truncated().await;
        }
        loop {
            let idle = self.heard_at + self.times.idle_timeout;
            let frame = match self.frame(self.times.deadline.min(idle)).await {
                Arrived::Frame(frame) => frame,
                Arrived::Silence => return Some(Ok(Bytes::from_static(PING))),
                Arrived::End if self.watch.is_done => return self.end().await,
                Arrived::End if self.ends_without_a_blank_line() => {
                    return Some(Ok(self.rest()));
                }
                Arrived::End => return self.break_off(ErrorCode::UpstreamError).await,
                Arrived::Late => return self.break_off(ErrorCode::UpstreamTimeout).await,
            };
            self.heard_at = Instant::now();
            self.buffer.push(&frame);
            let mut events = self.complete_events();
            for _ in 0..MAX_FRAMES {
                let Some(frame) = self.ready_frame().await else {
                    break;
                };
                self.buffer.push(&frame);
                events.extend_from_slice(&self.complete_events());
                if events.len() > MAX_TOGETHER {
                    break;
                }
            }
            let events = events.freeze();
            if !events.is_empty() {
                return Some(Ok(events));
            }
            if self.buffer.is_too_large() {
                return self.break_off(ErrorCode::UpstreamError).await;
            }
        }
    }

    /// Waits for the next bytes of the upstream.
    async fn frame(&mut self, until: Instant) -> Arrived {
        if self.watch.is_done {
            let close_at = *self
                .close_at
                .get_or_insert_with(|| Instant::now() + CLOSE_TIMEOUT);
            return match timeout_at(close_at, self.body.frame()).await {
                Ok(Some(Ok(frame))) => Arrived::of(frame),
                _ => Arrived::End,
            };
        }
        let ping_at = self.told_at + self.times.ping_after;
        let wake_at = ping_at.min(until);
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
    fn complete_events(&mut self) -> BytesMut {
        let mut events = BytesMut::new();
        while let Some(event) = self.buffer.next() {
            if self.watch.follow(&event) {
                events.extend_from_slice(&event);
            }
        }
        events
    }

    /// Whether what is left is an event that ends a complete answer, but for the blank line.
    fn ends_without_a_blank_line(&mut self) -> bool {
        self.watch.follow(self.buffer.rest()) && self.watch.is_done
    }

    /// Takes what is left as an event.
    fn rest(&mut self) -> Bytes {
        let mut rest = self.buffer.take_rest();
        rest.extend_from_slice(b"\n\n");
        rest.freeze()
    }

    /// Ends an answer that is complete. One with an error amid it is none, but where its own last event says so.
    async fn end(&mut self) -> Option<Result<Bytes, Truncated>> {
        if !self.watch.has_failed {
            self.in_flight.complete(StatusCode::OK);
            return None;
        }
        self.is_over = true;
        self.in_flight
            .fail("the upstream reported an error amid the answer");
        if self.watch.says_failure_itself() {
            return None;
        }
        truncated().await
    }

    /// Returns the event that says that the answer broke off, after which the connection ends.
    async fn break_off(&mut self, code: ErrorCode) -> Option<Result<Bytes, Truncated>> {
        self.is_over = true;
        let message = match code {
            ErrorCode::UpstreamTimeout => "the upstream took too long: the answer is not complete",
            _ => "the upstream's answer broke off: it is not complete",
        };
        self.in_flight.fail(message);
        if self.watch.has_failed {
            // The upstream's own event has said so.
            return truncated().await;
        }
        let error = GatewayError::new(code, message);
        Some(Ok(self.watch.error_event(&error).into()))
    }
}

impl Drop for Relay {
    /// Whatever has happened, the call has cost what was counted.
    fn drop(&mut self) {
        let Watch { count, is_done, .. } = &self.watch;
        let usage = count.usage(*is_done, self.in_flight.request_bytes());
        self.in_flight.set_usage(usage);
    }
}

/// The end of an answer that is not complete. What came before has to be sent first, which happens while this waits.
pub(crate) async fn truncated() -> Option<Result<Bytes, Truncated>> {
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
