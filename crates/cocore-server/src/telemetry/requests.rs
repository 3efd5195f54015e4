//! The metrics of requests: how many there were, and how long they took.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts};

/// The label of requests for no known method and no known route.
pub const UNKNOWN_METHOD: &str = "unknown";

/// The statuses with a label of their own; any other is `other`. 499: the client disconnected.
const STATUSES: [u16; 26] = [
    101, 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 400, 401, 403, 404, 405, 406, 408, 409,
    413, 415, 429, 499, 500, 501, 503,
];

/// The upper bounds of the latency histogram, in seconds: a verified request takes some 50 µs, a write a few
/// milliseconds.
const LATENCIES: [f64; 17] = [
    50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3,
    1.0, 2.5, 5.0, 10.0,
];

/// The metrics of all requests. Clones share them.
#[derive(Clone)]
pub struct RequestMetrics {
    requests: IntCounterVec,
    durations: HistogramVec,
    rejected: Arc<[AtomicU64; REJECTIONS.len()]>,
}

/// The statuses of requests that were rejected by a limit, and the label of the limit.
const REJECTIONS: [(u16, &str); 3] = [
    (408, "request_body_timeout"),
    (413, "request_body_size"),
    (429, "rate"),
];

impl RequestMetrics {
    /// Creates metrics of no request.
    ///
    /// # Errors
    /// A name is invalid, which no test would pass.
    pub fn new() -> prometheus::Result<Self> {
        let requests = Opts::new(
            "cocore_requests_total",
            "Requests, by method or route and by status.",
        );
        let durations = HistogramOpts::new(
            "cocore_request_duration_seconds",
            "The time from the head of a request to its answer, by method or route.",
        );
        Ok(Self {
            requests: IntCounterVec::new(requests, &["method", "status"])?,
            durations: HistogramVec::new(durations.buckets(LATENCIES.to_vec()), &["method"])?,
            rejected: Arc::default(),
        })
    }

    /// Returns the metrics of a method, or of a route outside of XRPC. `method` is text of this program.
    pub fn method(&self, method: &'static str) -> MethodMetrics {
        MethodMetrics {
            method,
            all: self.clone(),
            duration: OnceLock::new(),
            by_status: [const { OnceLock::new() }; STATUSES.len() + 1],
        }
    }

    /// Returns how many requests each limit has rejected, with the label of the limit.
    pub(super) fn rejections(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = REJECTIONS.iter().zip(&*self.rejected);
        counts.map(|((_, limit), count)| (*limit, count.load(Ordering::Relaxed)))
    }

    /// Returns the metrics as they are now.
    pub(super) fn collect(&self) -> impl Iterator<Item = MetricFamily> {
        let families = self.requests.collect().into_iter();
        families.chain(self.durations.collect())
    }
}

/// The metrics of one method. A counter is looked up when it is first used, and kept.
pub struct MethodMetrics {
    method: &'static str,
    all: RequestMetrics,
    duration: OnceLock<Histogram>,
    by_status: [OnceLock<IntCounter>; STATUSES.len() + 1],
}

impl MethodMetrics {
    /// Returns the label of the method.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Counts a request.
    pub fn observe(&self, status: u16, elapsed: Duration) {
        let found = STATUSES.binary_search(&status);
        let counter = &self.by_status[found.unwrap_or(STATUSES.len())];
        let counter = counter.get_or_init(|| {
            let label = found.map_or("other".to_owned(), |_| status.to_string());
            self.all.requests.with_label_values(&[self.method, &label])
        });
        counter.inc();
        let duration = self
            .duration
            .get_or_init(|| self.all.durations.with_label_values(&[self.method]));
        duration.observe(elapsed.as_secs_f64());
        if status >= 400
            && let Some(limit) = REJECTIONS.iter().position(|(found, _)| *found == status)
        {
            self.all.rejected[limit].fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_its_own_or_another_one() {
        assert!(STATUSES.is_sorted() && LATENCIES.is_sorted());
        let metrics = RequestMetrics::new().unwrap();
        let method = metrics.method("/a");
        for status in [200, 200, 418, 499, 599, 413, 413, 0] {
            method.observe(status, Duration::from_micros(51));
        }
        let count = |status: &str| {
            let counter = metrics.requests.with_label_values(&["/a", status]);
            counter.get()
        };
        let counts = ["200", "413", "499", "other"].map(count);
        assert_eq!(counts, [2, 2, 1, 3]);
        let rejected: Vec<_> = metrics
            .rejections()
            .filter(|(_, count)| *count > 0)
            .collect();
        assert_eq!(rejected, [("request_body_size", 2)]);
        let durations = metrics.durations.with_label_values(&["/a"]);
        assert_eq!(durations.get_sample_count(), 8);
    }
}
