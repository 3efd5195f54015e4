//! A connection as actix reads and writes it, with the limits that actix has not.

mod request_error;
mod writes;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::framing::{Framing, Part, Progress};
use super::limits::Limits;
use super::registry::{Connection, OpenConnection};
use super::rejections::Limit;
use request_error::RequestError;
use writes::Writes;

/// What actix writes before it reads a body for which the client waits to be asked. It is no answer.
const INTERIM: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// Requests that may wait for their answers: what follows them is not read. Actix keeps them in memory.
const MAX_WAITING: usize = 16;

/// A connection with limits.
///
/// There is one timer, which follows the deadline lazily: a request that arrives at once, and is answered
/// at once, does not touch it.
pub(super) struct LimitedStream<S> {
    stream: S,
    connection: OpenConnection,
    limits: Limits,
    framing: Framing,
    /// When the part that is being read has to be complete, or the next request has to begin. `None`: the
    /// request is complete, and its handler takes the time that it needs.
    read_deadline: Option<Instant>,
    writes: Writes,
    timer: Pin<Box<Sleep>>,
    /// Requests that are complete since the last bytes of an answer.
    waiting: usize,
    /// Whether actix wanted to read while too many requests were waiting.
    is_paused: bool,
    /// Whether the answer to the current request has begun.
    is_answered: bool,
    /// Whether a part of an answer was written that actix has not flushed.
    is_sending: bool,
    /// Until when the rest of a rejected request is read and dropped.
    linger: Option<Instant>,
    /// Whether it is counted that this connection has passed a limit.
    is_rejected: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> LimitedStream<S> {
    pub(super) fn new(stream: S, connection: OpenConnection, limits: Limits) -> Self {
        let deadline = Instant::now() + limits.head_timeout;
        Self {
            stream,
            connection,
            limits,
            framing: Framing::default(),
            read_deadline: Some(deadline),
            writes: Writes::default(),
            timer: Box::pin(sleep_until(deadline)),
            waiting: 0,
            is_paused: false,
            is_answered: false,
            is_sending: false,
            linger: None,
            is_rejected: false,
        }
    }

    pub(super) fn connection(&self) -> Connection {
        self.connection.connection()
    }

    /// Follows bytes that were read, and sets the deadline of what comes next.
    fn after_read(&mut self, bytes: &mut [u8]) -> Result<(), RequestError> {
        let was_in_body = self.framing.part() == Part::Body;
        let Progress { completed, is_new } = self.framing.follow(bytes);
        let part = self.framing.part();
        if is_new {
            let is_rest = was_in_body && completed == 1 && part == Part::None;
            if is_rest && self.is_answered {
                self.read_deadline = Some(Instant::now() + self.limits.keep_alive);
                return Ok(());
            }
            self.is_answered = false;
            self.read_deadline = None;
            self.waiting += completed;
            if !self.writes.is_waiting() {
                self.writes = Writes::default();
            }
        }
        let (limit, timeout, error) = match part {
            Part::None => return Ok(()),
            Part::Head => {
                let timeout = self.limits.head_timeout;
                (self.limits.max_head, timeout, RequestError::HeadTooLarge)
            }
            Part::Body => {
                let timeout = self.limits.body_timeout;
                (self.limits.max_body, timeout, RequestError::BodyTooLarge)
            }
        };
        if self.framing.size() > limit {
            return Err(error);
        }
        let now = Instant::now();
        match self.read_deadline {
            Some(deadline) if deadline <= now => return Err(RequestError::Late),
            Some(_) => {}
            None => self.read_deadline = Some(now + timeout),
        }
        Ok(())
    }

    /// Follows bytes that were written.
    fn after_write(&mut self, bytes: &[u8], count: usize) {
        let now = Instant::now();
        self.writes.took(count, now);
        if bytes == INTERIM {
            return;
        }
        self.is_answered = true;
        self.is_sending = true;
        self.waiting = 0;
        if self.framing.part() == Part::None {
            self.read_deadline = Some(now + self.limits.keep_alive);
        }
    }

    /// Waits for the next deadline.
    fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let deadlines = [
            self.read_deadline,
            self.writes.deadline(&self.limits),
            self.linger,
        ];
        let Some(deadline) = deadlines.into_iter().flatten().min() else {
            return Poll::Pending;
        };
        if self.timer.deadline() > deadline {
            self.timer.as_mut().reset(deadline);
        }
        loop {
            ready!(self.timer.as_mut().poll(context));
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(deadline);
        }
    }

    /// Registers the task, and waits until the connection has to be closed.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        self.connection.set_task(context.waker());
        if self.connection.is_evicted() {
            return Poll::Ready(io::ErrorKind::ConnectionAborted.into());
        }
        ready!(self.poll_deadline(context));
        let is_slow_reader = self
            .writes
            .deadline(&self.limits)
            .is_some_and(|deadline| deadline <= Instant::now());
        let limit = if is_slow_reader {
            Some(Limit::WriteRate)
        } else {
            self.late_part()
        };
        self.count_rejection(limit);
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }

    /// Returns the limit that a request passes that does not arrive in time. `None` between two requests.
    fn late_part(&self) -> Option<Limit> {
        match self.framing.part() {
            Part::None => None,
            Part::Head => Some(Limit::HeadTimeout),
            Part::Body => Some(Limit::BodyTimeout),
        }
    }

    /// Counts that the connection has passed a limit. It is closed for the first one.
    fn count_rejection(&mut self, limit: Option<Limit>) {
        if let Some(limit) = limit
            && !std::mem::replace(&mut self.is_rejected, true)
        {
            self.connection.reject(limit);
        }
    }

    /// Rejects a request that passed a limit: answers it, if nothing was answered yet, and reads on for a
    /// while, since a connection that is closed with unread bytes is reset, and its answer lost.
    fn poll_reject(
        &mut self,
        context: &mut Context<'_>,
        error: RequestError,
    ) -> Poll<io::Result<()>> {
        let limit = match error {
            RequestError::Late => self.late_part(),
            RequestError::HeadTooLarge => Some(Limit::HeadSize),
            RequestError::BodyTooLarge => Some(Limit::BodySize),
        };
        self.count_rejection(limit);
        let closed = || Poll::Ready(Err(error.into()));
        if self.is_answered || self.waiting > 0 || self.writes.is_waiting() {
            return closed();
        }
        let answer = error.answer();
        match Pin::new(&mut self.stream).poll_write(context, answer) {
            Poll::Ready(Ok(written)) if written == answer.len() => {}
            _ => return closed(),
        }
        let _ = Pin::new(&mut self.stream).poll_shutdown(context);
        self.read_deadline = None;
        self.linger = Some(Instant::now() + self.limits.linger);
        self.poll_linger(context)
    }

    /// Drops what the client still sends, until the client closes the connection or the time has passed.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [0; 4096];
        while self.linger.is_some_and(|end| Instant::now() < end) {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                Poll::Ready(_) => break,
                Poll::Pending => return self.poll_end(context).map(Err),
            }
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for LimitedStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.is_some() {
            return this.poll_linger(context);
        }
        if this.connection.is_evicted() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        if this.waiting >= MAX_WAITING {
            this.is_paused = true;
            return this.poll_end(context).map(Err);
        }
        let start = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut this.stream).poll_read(context, buffer) {
            read?;
            return match this.after_read(&mut buffer.filled_mut()[start..]) {
                Ok(()) => Poll::Ready(Ok(())),
                Err(error) => {
                    buffer.set_filled(start);
                    this.poll_reject(context, error)
                }
            };
        }
        let error = ready!(this.poll_end(context));
        let is_late = this.framing.part() != Part::None;
        if is_late && error.kind() == io::ErrorKind::TimedOut {
            return this.poll_reject(context, RequestError::Late);
        }
        Poll::Ready(Err(error))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for LimitedStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.linger.is_some() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if let Poll::Ready(written) = Pin::new(&mut this.stream).poll_write(context, bytes) {
            let count = written?;
            this.after_write(bytes, count);
            if this.is_paused {
                // Nothing else would make actix read again.
                this.is_paused = false;
                context.waker().wake_by_ref();
            }
            return Poll::Ready(Ok(count));
        }
        this.writes.wait(Instant::now());
        this.poll_end(context).map(Err)
    }

    /// Actix flushes when it has written all that it has.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_flush(context))?;
        if this.is_sending {
            this.is_sending = false;
            this.connection.set_sent();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
