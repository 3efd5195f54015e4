//! What the server does by itself, after a while.

use std::fmt::Display;
use std::thread;
use std::time::{Duration, Instant};

/// The longest time for which a test waits.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Waits until something is so. `what` is the message of a failure.
#[track_caller]
pub fn wait_until(what: impl Display, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < TIMEOUT, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}
