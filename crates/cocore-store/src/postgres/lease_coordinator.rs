//! The lease coordinator: a thread that carries out the steps of the lease protocol, and answers changes
//! once every server has applied them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use cocore_keys::{LiveKeys, StoreError};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::oneshot;

use super::connection::runtime;
use super::coordinator_state::{CoordinatorState, Message};
use crate::database::Database;
use crate::error::Cause;
use crate::statistics::QueueStatistics;
use crate::thread_group::ThreadGroup;
use crate::write::{Effect, Write};

/// How many messages may wait for the thread. Then the writer waits, and its callers time out.
const MAX_QUEUED: usize = 64;

/// A handle of the lease coordinator's thread, which ends with the last handle.
#[derive(Clone)]
pub(crate) struct LeaseCoordinator {
    messages: Sender<Message>,
    rejected: Arc<AtomicU64>,
    thread: ThreadGroup,
}

impl LeaseCoordinator {
    pub(crate) fn start(database: Arc<Database>) -> std::io::Result<Self> {
        let (messages, received) = channel(MAX_QUEUED);
        let state = CoordinatorState::new(database, received, runtime()?);
        let thread = ThreadGroup::default();
        thread.spawn("lease coordinator", move || state.run())?;
        let rejected = Arc::default();
        Ok(Self {
            messages,
            rejected,
            thread,
        })
    }

    /// Returns the state of the queue.
    pub(crate) fn queue_statistics(&self) -> QueueStatistics {
        QueueStatistics {
            name: "changes",
            depth: MAX_QUEUED - self.messages.capacity(),
            capacity: MAX_QUEUED,
            rejected: self.rejected.load(Ordering::Relaxed),
        }
    }

    /// Keeps a set current from now on. Returns when the set is trusted for the first time, or with an
    /// error when that is known to take longer: the coordinator goes on trying.
    pub(crate) async fn subscribe(&self, live: Arc<LiveKeys>) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.try_send(Message::Subscribe(live, answer))?;
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Removes the keys from that set that expired before a time, and returns their number.
    pub(crate) async fn evict_expired(&self, before: DateTime<Utc>) -> Result<usize, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.try_send(Message::EvictExpired(before, answer))?;
        answered.await.map_err(|_| stopped())
    }

    /// Takes over a batch that was committed by `at`, and has changed or observed an epoch.
    pub(crate) fn committed(&self, epoch: u64, at: Duration, batch: Vec<Box<dyn Write>>) {
        let (others, waiting) = batch
            .into_iter()
            .partition::<Vec<_>, _>(|write| matches!(write.effect(), Effect::None));
        // Writes without an effect on keys need not wait.
        others.into_iter().for_each(|write| write.answer(Ok(())));
        if !waiting.is_empty() {
            // After `close`, the channel has no receiver.
            let committed = Message::Committed(epoch, at, waiting);
            let _ = self.messages.blocking_send(committed);
        }
    }

    /// Deregisters this server, and stops the thread.
    pub(crate) async fn close(&self) {
        let _ = self.messages.send(Message::Close).await;
        self.thread.join().await;
    }

    /// Fails once the thread has exited.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.thread.check()
    }

    fn try_send(&self, message: Message) -> Result<(), StoreError> {
        self.messages
            .try_send(message)
            .map_err(|error| match error {
                TrySendError::Full(_) => {
                    self.rejected.fetch_add(1, Ordering::Relaxed);
                    Cause::QueueFull("changes").into()
                }
                TrySendError::Closed(_) => stopped(),
            })
    }
}

fn stopped() -> StoreError {
    Cause::Stopped("lease coordinator".to_owned()).into()
}
