//! Checking a JSON value against a schema: every violation, each with its place.
//!
//! Generated checks and the interpreter both call these primitives, so that there is one meaning
//! of each constraint. Source: <https://atproto.com/specs/lexicon>.

pub(crate) mod report;
mod scalar;
mod structure;

pub use report::{MAX_VIOLATIONS, Violation, Violations};
pub use scalar::{BlobCheck, BytesCheck, IntegerCheck, StringCheck};

use std::collections::BTreeSet;

use report::Segment;
use serde_json::Value;

/// A JSON shape that can be checked: implemented by every generated type.
pub trait Validate {
    /// Reports to `c` everything in `v` that this schema does not allow.
    fn check(c: &mut Checker, v: &Value);
}

/// Collects violations while a value is walked.
pub struct Checker {
    place: Vec<Segment>,
    found: Vec<Violation>,
    more: usize,
    /// Places of values that could not be read. The check of what stands there means nothing.
    unreadable: BTreeSet<String>,
}

impl Checker {
    /// Starts at `root`, the first part of every place: `input`, `params`, `output`.
    pub fn new(root: &'static str) -> Self {
        Self {
            place: vec![Segment::Key(root.into())],
            found: Vec::new(),
            more: 0,
            unreadable: BTreeSet::new(),
        }
    }

    /// Checks `value` and answers with all that was wrong.
    ///
    /// # Errors
    /// Every violation, up to [`MAX_VIOLATIONS`].
    pub fn run(
        root: &'static str,
        value: &Value,
        check: impl FnOnce(&mut Self, &Value),
    ) -> Result<(), Violations> {
        let mut checker = Self::new(root);
        check(&mut checker, value);
        checker.finish()
    }

    /// Ends the walk.
    ///
    /// # Errors
    /// Every violation reported so far.
    pub fn finish(self) -> Result<(), Violations> {
        if self.found.is_empty() {
            return Ok(());
        }
        Err(Violations::new(self.found, self.more))
    }

    /// Reports a violation at the current place. `message` never holds the value itself: it may
    /// be a secret.
    pub fn violation(&mut self, message: impl Into<String>) {
        if !self.unreadable.is_empty() && self.unreadable.contains(&report::place(&self.place)) {
            return;
        }
        if self.found.len() == MAX_VIOLATIONS {
            self.more += 1;
            return;
        }
        self.found.push(Violation {
            place: report::place(&self.place),
            message: message.into(),
        });
    }

    /// Reports that no value can be read at the current place, and then no further violation there.
    pub(crate) fn unreadable(&mut self, message: &str) {
        self.violation(message);
        self.unreadable.insert(report::place(&self.place));
    }

    /// Reports that `v` is of another type than `expected`.
    pub(crate) fn wrong_type(&mut self, expected: &str, v: &Value) {
        let found = kind(v);
        self.violation(format!("expected {expected}, found {found}"));
    }

    /// Runs `f` one step deeper, at the member `key`.
    pub(crate) fn at_key(
        &mut self,
        key: impl Into<std::borrow::Cow<'static, str>>,
        f: impl FnOnce(&mut Self),
    ) {
        self.place.push(Segment::Key(key.into()));
        f(self);
        self.place.pop();
    }

    pub(crate) fn at_index(&mut self, index: usize, f: impl FnOnce(&mut Self)) {
        self.place.push(Segment::Index(index));
        f(self);
        self.place.pop();
    }
}

/// The type of a JSON value in words.
pub(crate) fn kind(v: &Value) -> &'static str {
    match v {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(n) if n.is_f64() => "a number that is no integer",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
