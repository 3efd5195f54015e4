use std::marker::PhantomData;
use std::sync::Arc;

use async_channel::{Receiver, Sender, TrySendError};
use bytes::Bytes;
use lexicon_runtime::{Subscription, Violations, frame};

use crate::byte_budget::ByteBudget;

/// Frames that wait for one consumer at most.
const MAX_QUEUED: usize = 256;
/// Bytes of frames that wait for one consumer at most, unless a single frame is larger: 8 MiB.
const MAX_QUEUED_BYTES: usize = 8 * 1024 * 1024;

/// The stream of one consumer, into which a handler puts messages. Clones are the same stream.
///
/// At most 256 messages and 8 MiB of their frames wait for the consumer. A frame that is larger than that
/// waits alone. A frame counts until the adapter has written it.
pub struct Events<S> {
    frames: Sender<Bytes>,
    budget: Arc<ByteBudget>,
    subscription: PhantomData<fn() -> S>,
}

impl<S> Clone for Events<S> {
    fn clone(&self) -> Self {
        Self {
            frames: self.frames.clone(),
            budget: self.budget.clone(),
            subscription: PhantomData,
        }
    }
}

/// A message that was not put into a stream. The handler ends, and returns it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The consumer left, or the server stops.
    #[error("the stream is closed")]
    Closed,
    /// The consumer reads more slowly than messages arrive: its queue is full.
    #[error("the consumer is too slow")]
    ConsumerTooSlow,
    /// The message does not fit its schema.
    #[error(transparent)]
    Invalid(#[from] Violations),
}

/// The frames of a stream, which an adapter sends. It drops each one when it is written, to make room for
/// further messages.
#[derive(Clone)]
pub struct Frames(Receiver<Bytes>);

impl Frames {
    /// Waits for the next frame; `None` once there are no more.
    pub async fn next(&self) -> Option<Bytes> {
        self.0.recv().await.ok()
    }

    /// The next frame, if it is there.
    pub fn try_next(&self) -> Option<Bytes> {
        self.0.try_recv().ok()
    }

    /// Takes no more frames; those that wait can still be read.
    pub fn close(&self) {
        self.0.close();
    }

    /// Drops the frames that wait.
    pub(crate) fn clear(&self) {
        while self.try_next().is_some() {}
    }
}

impl<S: Subscription> Events<S> {
    /// A stream, and the frames that its adapter sends.
    pub(crate) fn new() -> (Self, Frames) {
        let (frames, receiver) = async_channel::bounded(MAX_QUEUED);
        let events = Self {
            frames,
            budget: ByteBudget::new(MAX_QUEUED_BYTES),
            subscription: PhantomData,
        };
        (events, Frames(receiver))
    }

    /// Sends a message, and waits while the queue is full: for messages that are read from a store.
    ///
    /// # Errors
    /// A closed stream, or a message that does not fit its schema.
    pub async fn send(&self, message: &S::Message) -> Result<(), SendError> {
        let mut frame = frame::encode::<S>(message)?;
        loop {
            match self.budget.count(frame) {
                Ok(counted) => {
                    let sent = self.frames.send(counted).await;
                    return sent.map_err(|_| SendError::Closed);
                }
                Err(_) if self.frames.is_closed() => return Err(SendError::Closed),
                Err(waiting) => frame = waiting,
            }
            self.budget.freed(self.frames.closed()).await;
        }
    }

    /// Sends a message without waiting: for messages that arrive whether a consumer is ready or not.
    ///
    /// # Errors
    /// A full queue, a closed stream, or a message that does not fit its schema.
    pub fn push(&self, message: &S::Message) -> Result<(), SendError> {
        let frame = frame::encode::<S>(message)?;
        let counted = self.budget.count(frame).map_err(|_| self.full())?;
        self.frames.try_send(counted).map_err(|error| match error {
            TrySendError::Full(_) => SendError::ConsumerTooSlow,
            TrySendError::Closed(_) => SendError::Closed,
        })
    }

    /// Why a message does not fit.
    fn full(&self) -> SendError {
        if self.frames.is_closed() {
            SendError::Closed
        } else {
            SendError::ConsumerTooSlow
        }
    }
}
