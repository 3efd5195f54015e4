//! When a call is tried again.

use std::time::Duration;

use http::StatusCode;

/// The bounds of the retries of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_tries: u32,
    first_delay: Duration,
    max_delay: Duration,
    total_time: Duration,
}

/// Three tries within 60 s; the first delay is a quarter of a second.
impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_tries: 3,
            first_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(10),
            total_time: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// One try.
    pub fn none() -> Self {
        Self::default().max_tries(1)
    }

    /// Sets how often a request is sent at most, the first time included.
    pub fn max_tries(mut self, tries: u32) -> Self {
        self.max_tries = tries;
        self
    }

    /// Sets the delay before the second try. Each further delay is twice as long as the one before; the
    /// second half of each is random.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// Sets the longest delay. A `Retry-After` may ask for more.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets how long after the start of the call retries go on. No try starts later, and none is given
    /// more time than is left. A `Retry-After` that asks for more ends the call at once.
    pub fn total_time(mut self, time: Duration) -> Self {
        self.total_time = time;
        self
    }

    /// What is left for retries when `elapsed` has passed since the start of the call.
    pub(crate) fn remaining(&self, elapsed: Duration) -> Duration {
        self.total_time.saturating_sub(elapsed)
    }

    /// The delay before the next try, if there is one. `tries` have been made; `jitter` is from 0 to 1.
    pub(crate) fn delay(
        &self,
        tries: u32,
        elapsed: Duration,
        retry_after: Option<Duration>,
        jitter: f64,
    ) -> Option<Duration> {
        if tries >= self.max_tries {
            return None;
        }
        let factor = 2_u32.saturating_pow(tries.saturating_sub(1));
        let longest = self.first_delay.saturating_mul(factor).min(self.max_delay);
        let back_off = longest / 2 + (longest / 2).mul_f64(jitter.clamp(0.0, 1.0));
        let delay = back_off.max(retry_after.unwrap_or_default());
        (delay < self.remaining(elapsed)).then_some(delay)
    }
}

/// Whether the same request may succeed later.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 502 | 503 | 504)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: Duration = Duration::ZERO;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn delays_double_up_to_the_longest_and_their_second_half_is_random() {
        let policy = RetryPolicy::default()
            .max_tries(u32::MAX)
            .first_delay(millis(100))
            .max_delay(millis(1000));
        for (tries, longest) in [
            (1, 100),
            (2, 200),
            (3, 400),
            (4, 800),
            (5, 1000),
            (99, 1000),
        ] {
            for (jitter, expected) in [(0.0, longest / 2), (0.5, longest * 3 / 4), (1.0, longest)] {
                let delay = policy.delay(tries, ZERO, None, jitter);
                assert_eq!(delay, Some(millis(expected)), "{tries} {jitter}");
            }
        }
    }

    #[test]
    fn tries_and_time_are_bounded_and_the_server_may_ask_for_more() {
        let policy = RetryPolicy::default()
            .max_tries(3)
            .first_delay(millis(100))
            .max_delay(millis(100))
            .total_time(millis(1000));
        let delay = |tries, elapsed, asked| policy.delay(tries, millis(elapsed), asked, 1.0);
        assert_eq!(delay(2, 0, None), Some(millis(100)));
        assert_eq!(delay(3, 0, None), None);
        assert_eq!(delay(1, 899, None), Some(millis(100)));
        assert_eq!(delay(1, 900, None), None);
        assert_eq!(delay(1, 0, Some(millis(500))), Some(millis(500)));
        assert_eq!(delay(1, 0, Some(millis(50))), Some(millis(100)));
        assert_eq!(delay(1, 500, Some(millis(500))), None);
        assert_eq!(policy.remaining(millis(1500)), ZERO);
        assert_eq!(RetryPolicy::none().delay(1, ZERO, None, 0.0), None);
    }
}
