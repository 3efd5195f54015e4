//! The last line of the report.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::report::count;

/// The figures of a run.
pub(super) struct Summary {
    pub(super) generated: usize,
    pub(super) refused: usize,
    pub(super) faulty: usize,
    pub(super) values: usize,
    pub(super) types: usize,
    pub(super) loading: Duration,
    pub(super) generating: Duration,
    pub(super) compiling: Duration,
    pub(super) lines: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} generated, {} refused, {} with faults; {} of {} tried; loaded in {} ms, generated in {} ms, \
             compiled in {} ms; {} of Rust",
            self.generated,
            self.refused,
            self.faulty,
            count(self.values, "value"),
            count(self.types, "type"),
            self.loading.as_millis(),
            self.generating.as_millis(),
            self.compiling.as_millis(),
            count(self.lines, "line"),
        )
    }
}

impl Summary {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "generated": self.generated,
            "refused": self.refused,
            "faulty": self.faulty,
            "values": self.values,
            "types": self.types,
            "loadingMs": self.loading.as_millis() as u64,
            "generatingMs": self.generating.as_millis() as u64,
            "compilingMs": self.compiling.as_millis() as u64,
            "lines": self.lines,
        })
    }
}
