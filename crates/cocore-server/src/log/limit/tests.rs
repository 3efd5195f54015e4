//! Row 58 of the list of attacks.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

use super::*;

/// A steady clock that the test sets.
#[derive(Default)]
struct ManualClock(AtomicU64);

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn steady(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    /// The lines since the last call.
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(|line| line.trim().to_owned()).collect()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs with a log at the level INFO.
fn with_log(test: impl FnOnce(&LineLimit, &ManualClock, &Output)) {
    let (clock, output) = (Arc::new(ManualClock::default()), Output::default());
    let limit = LineLimit::new(clock.clone());
    let writer = output.clone();
    let lines = tracing_subscriber::fmt::layer()
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .with_writer(move || writer.clone());
    let subscriber = tracing_subscriber::registry()
        .with(Targets::new().with_default(LevelFilter::INFO))
        .with(limit.clone())
        .with(lines);
    tracing::subscriber::with_default(subscriber, || test(&limit, &clock, &output));
}

fn answered(route: &str, status: u16) {
    tracing::info!(route, method = "none", status, micros = 7_u64, "answered");
}

#[test]
fn refused_calls_of_one_kind_are_limited_and_counted() {
    with_log(|limit, clock, output| {
        for _ in 0..1_000 {
            answered("/xrpc", 401);
        }
        // Other kinds have limits of their own.
        answered("/xrpc", 503);
        answered("/auth/verify", 401);
        tracing::debug!("not on this level");
        let lines = output.take();
        let refused = r#"INFO answered route="/xrpc" method="none" status=401 micros=7"#;
        assert_eq!(lines.iter().filter(|line| *line == refused).count(), 50);
        assert_eq!(lines.len(), 52, "{lines:?}");
        limit.report();
        assert!(output.take().is_empty(), "the period is not over");

        clock.0.store(10, Ordering::Relaxed);
        limit.report();
        assert_eq!(
            output.take(),
            [
                r#"INFO 950 more such lines within 10 s: answered route="/xrpc" method="none" status=401 lines=950"#
            ]
        );
        answered("/xrpc", 401);
        assert_eq!(output.take(), [refused], "a new period");
        limit.report_all();
        assert!(output.take().is_empty(), "no line was left out");
    });
}

#[test]
fn calls_that_succeed_are_always_logged() {
    with_log(|limit, _, output| {
        for _ in 0..1_000 {
            answered("/xrpc", 200);
            tracing::info!("a line of another part");
        }
        limit.report_all();
        assert_eq!(output.take().len(), 2_000);
    });
}

#[test]
fn warnings_and_errors_are_limited_wherever_they_come_from() {
    with_log(|limit, _, output| {
        for number in 0..1_000 {
            tracing::error!(number, error = "disk I/O error", "the store is unavailable");
            tracing::warn!(number, "another line");
        }
        assert_eq!(output.take().len(), 100);
        limit.report_all();
        let mut lines = output.take();
        lines.sort();
        assert_eq!(
            lines,
            [
                "ERROR 950 more such lines within 10 s: the store is unavailable lines=950",
                "WARN 950 more such lines within 10 s: another line lines=950",
            ]
        );
    });
}
