use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use async_channel::{Receiver, Sender};
use bytes::Bytes;

/// A bound on the bytes of frames that are alive.
pub(crate) struct ByteBudget {
    limit: usize,
    used: AtomicUsize,
    /// Holds a token once bytes were freed since the last wait.
    freed: (Sender<()>, Receiver<()>),
}

/// A frame that counts until its last reference is dropped.
struct Counted {
    frame: Vec<u8>,
    budget: Arc<ByteBudget>,
}

impl ByteBudget {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            used: AtomicUsize::new(0),
            freed: async_channel::bounded(1),
        })
    }

    /// Counts a frame, or returns it if it does not fit. One that is larger than the whole budget fits
    /// while no other frame is alive.
    pub(crate) fn count(self: &Arc<Self>, frame: Vec<u8>) -> Result<Bytes, Vec<u8>> {
        let add = |used: usize| {
            let sum = used.saturating_add(frame.len());
            (used == 0 || sum <= self.limit).then_some(sum)
        };
        match self
            .used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, add)
        {
            Err(_) => Err(frame),
            Ok(_) => Ok(Bytes::from_owner(Counted {
                frame,
                budget: self.clone(),
            })),
        }
    }

    /// Waits until bytes are freed or `closed` is ready. A frame that did not fit may fit afterwards.
    ///
    /// Each token wakes one waiter. None waits forever: while a frame does not fit, another one is alive,
    /// and leaves a token when it is dropped.
    pub(crate) async fn freed(&self, closed: impl Future<Output = ()>) {
        let (mut freed, mut closed) = (pin!(self.freed.1.recv()), pin!(closed));
        poll_fn(|context| {
            let is_ready =
                freed.as_mut().poll(context).is_ready() || closed.as_mut().poll(context).is_ready();
            if is_ready {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.budget
            .used
            .fetch_sub(self.frame.len(), Ordering::AcqRel);
        // A token that is already there wakes a waiter too.
        let _ = self.budget.freed.0.try_send(());
    }
}
