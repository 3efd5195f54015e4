//! The clock that retries wait by.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// A pause between two tries.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A clock, and pauses by it. Tests hand in one of their own.
pub trait Timer: fmt::Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Instant;

    /// A pause of `duration`.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// The clock of tokio, which is the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioTimer;

impl Timer for TokioTimer {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}
