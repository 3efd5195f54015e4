//! The metrics of requests: how many there were, and how long they took.

use std::array;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus::proto::{Bucket, Histogram, MetricFamily};

use super::families::{counter, histogram};

/// The label of requests for no known method and no known route.
pub const UNKNOWN_METHOD: &str = "unknown";

/// The statuses with a label of their own; any other is `other`. 499: the client disconnected. 529: Anthropic's 503, which
/// an upstream may answer.
const STATUSES: [u16; 31] = [
    101, 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 400, 401, 402, 403, 404, 405, 406, 408,
    409, 413, 415, 422, 429, 499, 500, 501, 502, 503, 504, 529,
];

/// The upper bounds of the latency histogram, in seconds: a verified request takes some 50 µs, a write a few
/// milliseconds.
const LATENCIES: [f64; 17] = [
    50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3,
    1.0, 2.5, 5.0, 10.0,
];

/// The statuses of requests that were rejected by a limit, and the label of the limit.
const REJECTIONS: [(u16, &str); 3] = [
    (408, "request_body_timeout"),
    (413, "request_body_size"),
    (429, "rate"),
];

/// The metrics of all requests. Clones share them.
#[derive(Clone, Default)]
pub struct RequestMetrics(Arc<Mutex<Vec<Arc<MethodCounters>>>>);

/// The metrics of one method, for one thread: threads that count in the same place would wait for each other.
pub struct MethodMetrics(Arc<MethodCounters>);

struct MethodCounters {
    method: &'static str,
    by_status: [AtomicU64; STATUSES.len() + 1],
    /// The last is for what took longer than all bounds.
    by_latency: [AtomicU64; LATENCIES.len() + 1],
    nanos: AtomicU64,
}

impl RequestMetrics {
    /// Returns new metrics of a method, or of a route outside of XRPC, for one thread. `method` is text of this
    /// program.
    pub fn method(&self, method: &'static str) -> MethodMetrics {
        let counters = Arc::new(MethodCounters {
            method,
            by_status: array::from_fn(|_| AtomicU64::new(0)),
            by_latency: array::from_fn(|_| AtomicU64::new(0)),
            nanos: AtomicU64::new(0),
        });
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(counters.clone());
        MethodMetrics(counters)
    }

    /// Returns how many requests each limit has rejected, with the label of the limit.
    pub(super) fn rejections(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let totals = self.totals();
        REJECTIONS.into_iter().map(move |(status, limit)| {
            let methods = totals.values();
            let count = methods.map(|method| method.by_status[index_of(status)]);
            (limit, count.sum())
        })
    }

    /// Returns the metrics as they are now.
    pub(super) fn collect(&self) -> [MetricFamily; 2] {
        let totals = self.totals();
        let label = |index: usize| STATUSES.get(index).map(u16::to_string);
        let labels: Vec<_> = (0..=STATUSES.len())
            .map(|index| label(index).unwrap_or_else(|| "other".to_owned()))
            .collect();
        let requests = totals.iter().flat_map(|(method, total)| {
            let counts = total.by_status.iter().zip(&labels);
            let counts = counts.filter(|(count, _)| **count > 0);
            counts.map(|(count, status)| ([("method", *method), ("status", status)], *count as f64))
        });
        let durations = totals.iter().filter(|(_, total)| total.count() > 0);
        [
            counter(
                "cocore_requests_total",
                "Requests, by method or route and by status.",
                requests,
            ),
            histogram(
                "cocore_request_duration_seconds",
                "The time from the head of a request to its answer, by method or route.",
                durations.map(|(method, total)| ([("method", *method)], total.histogram())),
            ),
        ]
    }

    /// Returns the sums of all threads, by method.
    fn totals(&self) -> BTreeMap<&'static str, Total> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut totals = BTreeMap::<_, Total>::new();
        for counters in &*all {
            totals.entry(counters.method).or_default().add(counters);
        }
        totals
    }
}

impl MethodMetrics {
    /// Returns the label of the method.
    pub fn method(&self) -> &'static str {
        self.0.method
    }

    /// Counts a request.
    pub fn observe(&self, status: u16, elapsed: Duration) {
        let Self(counters) = self;
        counters.by_status[index_of(status)].fetch_add(1, Ordering::Relaxed);
        let seconds = elapsed.as_secs_f64();
        let bounds = LATENCIES.iter();
        let latency = bounds.take_while(|bound| seconds > **bound).count();
        counters.by_latency[latency].fetch_add(1, Ordering::Relaxed);
        let nanos = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        counters.nanos.fetch_add(nanos, Ordering::Relaxed);
    }
}

fn index_of(status: u16) -> usize {
    STATUSES.binary_search(&status).unwrap_or(STATUSES.len())
}

/// The sum of the counters of a method.
#[derive(Default)]
struct Total {
    by_status: [u64; STATUSES.len() + 1],
    by_latency: [u64; LATENCIES.len() + 1],
    seconds: f64,
}

impl Total {
    fn add(&mut self, counters: &MethodCounters) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let statuses = self.by_status.iter_mut().zip(&counters.by_status);
        statuses.for_each(|(total, counter)| *total += read(counter));
        let latencies = self.by_latency.iter_mut().zip(&counters.by_latency);
        latencies.for_each(|(total, counter)| *total += read(counter));
        self.seconds += Duration::from_nanos(read(&counters.nanos)).as_secs_f64();
    }

    fn count(&self) -> u64 {
        self.by_latency.iter().sum()
    }

    fn histogram(&self) -> Histogram {
        let mut cumulative = 0;
        let buckets = LATENCIES
            .iter()
            .zip(&self.by_latency)
            .map(|(bound, count)| {
                cumulative += count;
                let mut bucket = Bucket::default();
                bucket.set_upper_bound(*bound);
                bucket.set_cumulative_count(cumulative);
                bucket
            });
        let mut histogram = Histogram::default();
        histogram.set_bucket(buckets.collect());
        histogram.set_sample_count(self.count());
        histogram.set_sample_sum(self.seconds);
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_all_threads_are_added() {
        assert!(STATUSES.is_sorted() && LATENCIES.is_sorted());
        let metrics = RequestMetrics::default();
        let threads = [(); 2].map(|()| metrics.method("/a"));
        let _unused = metrics.method("/unused");
        for (status, micros) in [
            (200, 50),
            (200, 51),
            (418, 400),
            (499, 9_000_000),
            (599, 20_000_000),
            (413, 1),
            (413, 1),
            (0, 1),
        ] {
            for method in &threads {
                method.observe(status, Duration::from_micros(micros));
            }
        }
        let [requests, durations] = metrics.collect();
        let counts = requests.get_metric().iter().map(|metric| {
            let labels = metric.get_label().iter().map(|label| label.value());
            let count = metric.get_counter().get_value();
            (labels.collect::<Vec<_>>().join(" "), count)
        });
        let expected = [
            ("/a 200", 4.0),
            ("/a 413", 4.0),
            ("/a 499", 2.0),
            ("/a other", 6.0),
        ];
        let expected = expected.map(|(labels, count)| (labels.to_owned(), count));
        assert_eq!(counts.collect::<Vec<_>>(), expected);
        let rejected: Vec<_> = metrics
            .rejections()
            .filter(|(_, count)| *count > 0)
            .collect();
        assert_eq!(rejected, [("request_body_size", 4)]);

        let [metric] = durations.get_metric() else {
            panic!("{durations:?}");
        };
        let histogram = metric.get_histogram();
        let count = |bound: f64| {
            let mut buckets = histogram.get_bucket().iter();
            let bucket = buckets.find(|bucket| bucket.upper_bound() == bound);
            bucket.unwrap().cumulative_count()
        };
        // A bound is part of its bucket.
        let counts = [50e-6, 100e-6, 250e-6, 500e-6, 5.0, 10.0].map(count);
        assert_eq!(counts, [8, 10, 10, 12, 12, 14]);
        assert_eq!(histogram.get_sample_count(), 16);
        assert!((histogram.get_sample_sum() - 58.001_008).abs() < 1e-6);
    }
}
