//! Whether the worker threads make progress.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How often a worker thread shows that it makes progress.
const INTERVAL: Duration = Duration::from_millis(250);

/// The heartbeats of worker threads: a thread that is blocked has none. Clones share them.
#[derive(Clone)]
pub struct Heartbeats {
    start: Instant,
    /// The time of each thread's last heartbeat, in milliseconds since `start`.
    threads: Arc<Mutex<Vec<Weak<AtomicU64>>>>,
}

impl Default for Heartbeats {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            threads: Arc::default(),
        }
    }
}

impl Heartbeats {
    /// Lets the current thread show its progress from now on, by a task of its own.
    pub(super) fn begin(&self) {
        let last = Arc::new(AtomicU64::new(self.now()));
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.push(Arc::downgrade(&last));
        drop(threads);
        let heartbeats = self.clone();
        actix_web::rt::spawn(async move {
            loop {
                last.store(heartbeats.now(), Ordering::Relaxed);
                tokio::time::sleep(INTERVAL).await;
            }
        });
    }

    /// Returns the time since the oldest of the last heartbeats. Threads that have ended do not count.
    pub fn age(&self) -> Duration {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|thread| thread.strong_count() > 0);
        let last = threads.iter().filter_map(Weak::upgrade);
        let last = last.map(|thread| thread.load(Ordering::Relaxed));
        let oldest = last.min().unwrap_or(self.now());
        Duration::from_millis(self.now().saturating_sub(oldest))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
