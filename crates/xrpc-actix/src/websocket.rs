use std::future::Future;
use std::time::Duration;

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use actix_ws::{CloseCode, CloseReason, Closed, Message, MessageStream, Session};
use bytes::Bytes;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval_at, timeout};
use xrpc_server::{EventStream, Frames};

/// The time between two pings. A consumer that sends nothing between two of them is disconnected.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// The longest time for which one frame, or the rest of a stream whose handler returned, may wait for the consumer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest time for which the end of the connection may wait.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest frame that a consumer may send, in bytes: it sends only control frames.
const MAX_RECEIVED: usize = 1024;

/// Completes the handshake, and sends the frames of a stream until it ends, the consumer leaves or
/// `closed` is ready.
pub(crate) fn serve(
    request: &HttpRequest,
    payload: Payload,
    stream: EventStream,
    closed: impl Future<Output = ()> + 'static,
) -> HttpResponse {
    let (response, session, messages) = match actix_ws::handle(request, payload) {
        Ok(handled) => handled,
        Err(error) => return error.error_response(),
    };
    let messages = messages.max_frame_size(MAX_RECEIVED);
    actix_web::rt::spawn(async move {
        let mut handler = tokio::spawn(stream.run);
        let consumer = Consumer {
            session: session.clone(),
            frames: stream.frames,
        };
        let reason = tokio::select! {
            reason = consumer.serve(messages, &mut handler) => reason,
            () = closed => Some(CloseCode::Away.into()),
        };
        handler.abort();
        let _ = timeout(CLOSE_TIMEOUT, session.close(reason)).await;
    });
    response
}

struct Consumer {
    session: Session,
    frames: Frames,
}

impl Consumer {
    /// Sends until the end, and returns why the connection is closed.
    async fn serve(
        mut self,
        mut messages: MessageStream,
        handler: &mut JoinHandle<Option<Bytes>>,
    ) -> Option<CloseReason> {
        let mut pings = interval_at(Instant::now() + PING_INTERVAL, PING_INTERVAL);
        let mut is_alive = true;
        loop {
            tokio::select! {
                message = messages.recv() => {
                    is_alive = true;
                    match message? {
                        Ok(Message::Ping(bytes)) => in_time(self.session.pong(&bytes)).await?,
                        Ok(Message::Close(_)) | Err(_) => return None,
                        Ok(_) => {}
                    }
                }
                _ = pings.tick() => {
                    if !is_alive {
                        return Some(CloseCode::Policy.into());
                    }
                    is_alive = false;
                    in_time(self.session.ping(b"")).await?;
                }
                last = &mut *handler => {
                    let end = self.end(last.ok().flatten());
                    timeout(WRITE_TIMEOUT, end).await.ok()??;
                    return Some(CloseCode::Normal.into());
                }
                Some(frame) = self.frames.next() => in_time(self.session.binary(frame)).await?,
            }
        }
    }

    /// Sends the remaining frames, and the error.
    async fn end(&mut self, mut error: Option<Bytes>) -> Option<()> {
        // The handler may have left a sender behind.
        self.frames.close();
        while let Some(frame) = self.frames.try_next().or_else(|| error.take()) {
            self.session.binary(frame).await.ok()?;
        }
        Some(())
    }
}

/// Waits for the consumer to take a frame; `None` if it left, or takes too long.
async fn in_time(sent: impl Future<Output = Result<(), Closed>>) -> Option<()> {
    timeout(WRITE_TIMEOUT, sent).await.ok()?.ok()
}
