use std::marker::PhantomData;

use async_channel::{Receiver, Sender, TrySendError};
use bytes::Bytes;
use lexicon_runtime::{Subscription, Violations, frame};

/// Frames that wait for one consumer at most.
pub(crate) const MAX_QUEUED: usize = 256;

/// The stream of one consumer, into which a handler puts messages. Clones are the same stream.
pub struct Events<S> {
    frames: Sender<Bytes>,
    subscription: PhantomData<fn() -> S>,
}

impl<S> Clone for Events<S> {
    fn clone(&self) -> Self {
        Self {
            frames: self.frames.clone(),
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
    /// The consumer reads more slowly than messages arrive: 256 of them wait for it.
    #[error("the consumer is too slow")]
    ConsumerTooSlow,
    /// The message does not fit its schema.
    #[error(transparent)]
    Invalid(#[from] Violations),
}

/// The frames of a stream, which an adapter sends.
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
            subscription: PhantomData,
        };
        (events, Frames(receiver))
    }

    /// Sends a message, and waits while the queue is full: for messages that are read from a store.
    ///
    /// # Errors
    /// A closed stream, or a message that does not fit its schema.
    pub async fn send(&self, message: &S::Message) -> Result<(), SendError> {
        let frame = frame::encode::<S>(message)?;
        let sent = self.frames.send(frame.into()).await;
        sent.map_err(|_| SendError::Closed)
    }

    /// Sends a message without waiting: for messages that arrive whether a consumer is ready or not.
    ///
    /// # Errors
    /// A full queue, a closed stream, or a message that does not fit its schema.
    pub fn push(&self, message: &S::Message) -> Result<(), SendError> {
        let frame = frame::encode::<S>(message)?;
        self.frames
            .try_send(frame.into())
            .map_err(|error| match error {
                TrySendError::Full(_) => SendError::ConsumerTooSlow,
                TrySendError::Closed(_) => SendError::Closed,
            })
    }
}
