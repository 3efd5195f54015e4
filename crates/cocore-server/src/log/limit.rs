//! The limit on lines of one kind, so that a flood of refused calls or of errors does not fill the disk.
//!
//! Warnings, errors, and the access log's lines of calls that did not succeed (a `status` from 400) are
//! limited. Two lines are of one kind if the same place in the code logs them, with the same `route`, `method`
//! and `status`: these have few values, where clients and accounts have many. In each period the first lines of
//! a kind are written, and the others are counted. A line reports their number at the end of the period.
//!
//! Lines of calls that succeeded are a record, and always written.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cocore_keys::Clock;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// How many lines of a kind are written in a period.
const MAX_LINES: u64 = 50;
/// The length of a period.
const PERIOD: Duration = Duration::from_secs(10);

/// The limit. Clones share their counts.
#[derive(Clone)]
pub(super) struct LineLimit {
    clock: Arc<dyn Clock>,
    /// By the hash of the kind.
    kinds: Arc<Mutex<HashMap<u64, Kind>>>,
}

/// The lines of a kind in a period.
struct Kind {
    /// On the steady clock.
    begun: Duration,
    lines: u64,
    level: Level,
    names: Names,
}

impl LineLimit {
    /// Creates a limit that has counted nothing.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            kinds: Arc::default(),
        }
    }

    /// Logs, for each period that has passed, how many lines were left out. To be called about once a second.
    pub(super) fn report(&self) {
        let now = self.clock.steady();
        self.end(|begun| now.saturating_sub(begun) >= PERIOD);
    }

    /// The same for every period, when the process ends.
    pub(super) fn report_all(&self) {
        self.end(|_| true);
    }

    fn end(&self, is_over: impl Fn(Duration) -> bool) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = kinds.extract_if(|_, kind| is_over(kind.begun));
        let ended: Vec<_> = ended.map(|(_, kind)| kind).collect();
        // The lines that follow pass through the limit themselves.
        drop(kinds);
        ended.iter().for_each(Kind::log);
    }

    /// Counts a line, and returns whether it is to be written.
    fn admit(&self, event: &Event<'_>) -> bool {
        let level = *event.metadata().level();
        let is_problem = level <= Level::WARN;
        if !is_problem && event.metadata().fields().field("status").is_none() {
            return true;
        }
        let mut key = Key::default();
        event.record(&mut key);
        if !is_problem && key.status < 400 {
            return true;
        }
        event.metadata().callsite().hash(&mut key.hasher);
        let now = self.clock.steady();
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kinds.entry(key.hasher.finish()).or_insert_with(|| Kind {
            begun: now,
            lines: 0,
            level,
            names: Names::of(event),
        });
        kind.lines += 1;
        kind.lines <= MAX_LINES
    }
}

// A filter of one layer would not do: tracing-subscriber 0.3.23 leaves such a filter as it was after a line that
// `event_enabled` of all layers rejects, and drops the next line of the thread as well.
impl<S: Subscriber> Layer<S> for LineLimit {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        self.admit(event)
    }
}

impl Kind {
    /// Logs how many lines were left out, on the level of those lines.
    fn log(&self) {
        let lines = self.lines.saturating_sub(MAX_LINES);
        if lines == 0 {
            return;
        }
        let Names {
            message,
            route,
            method,
            status,
        } = &self.names;
        let (route, method) = (route.as_deref(), method.as_deref());
        let seconds = PERIOD.as_secs();
        macro_rules! log {
            ($level:ident) => {
                tracing::$level!(
                    route,
                    method,
                    status,
                    lines,
                    "{lines} more such lines within {seconds} s: {message}"
                )
            };
        }
        match self.level {
            Level::ERROR => log!(error),
            Level::WARN => log!(warn),
            Level::INFO => log!(info),
            _ => log!(debug),
        }
    }
}

/// The part of a kind that fields make.
#[derive(Default)]
struct Key {
    status: u64,
    hasher: DefaultHasher,
}

impl Visit for Key {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.status = value;
            value.hash(&mut self.hasher);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if let name @ ("route" | "method") = field.name() {
            (name, value).hash(&mut self.hasher);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// The fields of a kind, for the line that reports it.
#[derive(Default)]
struct Names {
    message: String,
    route: Option<String>,
    method: Option<String>,
    status: Option<u64>,
}

impl Names {
    fn of(event: &Event<'_>) -> Self {
        let mut names = Self::default();
        event.record(&mut names);
        names
    }
}

impl Visit for Names {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.status = Some(value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "route" => self.route = Some(value.to_owned()),
            "method" => self.method = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests;
