//! Checking a JSON value against a schema: every violation, each with its place.
//!
//! Generated checks and the interpreter both call these primitives, so that there is one meaning
//! of each constraint. Source: <https://atproto.com/specs/lexicon>.

mod data_model;
mod options;
pub(crate) mod report;
mod scalar;
mod structure;

pub use options::Options;
/// The version of Unicode by which graphemes are counted.
pub use unicode_segmentation::UNICODE_VERSION;

pub use report::{MAX_VIOLATIONS, Violation, Violations};
pub use scalar::{BlobCheck, BytesCheck, IntegerCheck, StringCheck};

use report::Segment;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::shape::ShapeError;
use crate::tree::{Node, Tree};

/// A JSON shape that can be checked: implemented by every generated type.
pub trait Validate {
    /// Reports to `c` everything in `v` that this schema does not allow.
    fn check(c: &mut Checker, v: Node<'_>);

    /// Reads `v` without checking it.
    ///
    /// # Errors
    /// It has not the shape of the type.
    fn read(v: Node<'_>) -> Result<Self, ShapeError>
    where
        Self: Sized + DeserializeOwned,
    {
        v.read().map_err(ShapeError::of)
    }
}

/// Collects violations while a value is walked.
pub struct Checker {
    root: &'static str,
    options: Options,
    /// The current place. Until it is deeper than the root, it may be empty.
    place: Vec<Segment>,
    found: Vec<Violation>,
    more: usize,
    /// Whether this pass only finds out whether anything is wrong. It keeps no places, which cost more than the
    /// checks themselves.
    is_probing: bool,
    /// Whether anything was wrong in that pass.
    has_failed: bool,
    /// Whether what is wrong at a place where something is reported already is left out: what a schema says is
    /// more precise than what the data model says.
    only_new_places: bool,
    /// Places of values that could not be read. The check of what stands there means nothing.
    unreadable: Vec<String>,
}

impl Checker {
    /// Starts at `root`, the first part of every place: `input`, `params`, `output`.
    pub fn new(root: &'static str) -> Self {
        Self {
            root,
            options: Options::DEFAULT,
            place: Vec::new(),
            found: Vec::new(),
            more: 0,
            is_probing: false,
            has_failed: false,
            only_new_places: false,
            unreadable: Vec::new(),
        }
    }

    /// Tolerates something else than by default.
    pub fn with(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// Checks a value against a schema, and the data model. `schema` is called a second time if anything is wrong,
    /// to find the places.
    ///
    /// # Errors
    /// Every violation, up to [`MAX_VIOLATIONS`].
    pub fn check(
        mut self,
        tree: &Tree<'_>,
        mut schema: impl FnMut(&mut Self, Node<'_>),
    ) -> Result<(), Violations> {
        if self.found.is_empty() {
            self.is_probing = true;
            self.pass(tree, &mut schema);
            if !self.has_failed {
                return Ok(());
            }
            self.is_probing = false;
        }
        self.pass(tree, &mut schema);
        self.finish()
    }

    fn pass(&mut self, tree: &Tree<'_>, schema: &mut impl FnMut(&mut Self, Node<'_>)) {
        schema(self, tree.root());
        let options = self.options;
        if options.data_model && (options.write || !tree.is_plain()) {
            self.only_new_places = true;
            self.data_model(tree.root());
            self.only_new_places = false;
        }
    }

    /// Checks a value that is parsed already, with the default options.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn run(
        root: &'static str,
        value: &Value,
        schema: impl FnMut(&mut Self, Node<'_>),
    ) -> Result<(), Violations> {
        Self::new(root).check(&Tree::from(value), schema)
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
        if self.is_probing {
            self.has_failed = true;
            return;
        }
        let place = self.place();
        let is_reported = || self.found.iter().any(|violation| violation.place == place);
        if self.unreadable.contains(&place) || (self.only_new_places && is_reported()) {
            return;
        }
        if self.found.len() == MAX_VIOLATIONS {
            self.more += 1;
            return;
        }
        self.found.push(Violation {
            place,
            message: message.into(),
        });
    }

    /// Reports that no value can be read at the current place, and then no further violation there.
    pub(crate) fn unreadable(&mut self, message: &str) {
        self.violation(message);
        self.unreadable.push(self.place());
    }

    fn place(&self) -> String {
        match &self.place[..] {
            [] => report::place(&[Segment::Key(self.root.into())]),
            place => report::place(place),
        }
    }

    /// Runs `f` one step deeper. The first pass keeps no places.
    fn step(&mut self, segment: impl FnOnce() -> Segment, f: impl FnOnce(&mut Self)) {
        if self.is_probing {
            return f(self);
        }
        if self.place.is_empty() {
            self.place.push(Segment::Key(self.root.into()));
        }
        self.place.push(segment());
        f(self);
        self.place.pop();
    }

    /// Reports that `v` is of another type than `expected`.
    pub(crate) fn wrong_type(&mut self, expected: &str, v: Node<'_>) {
        let found = v.kind();
        self.violation(format!("expected {expected}, found {found}"));
    }

    /// Runs `f` one step deeper, at the member `key`.
    pub(crate) fn at_key(
        &mut self,
        key: impl Into<std::borrow::Cow<'static, str>>,
        f: impl FnOnce(&mut Self),
    ) {
        self.step(|| Segment::Key(key.into()), f);
    }

    /// Runs `f` one step deeper, at a member that no schema names.
    pub(crate) fn at_name(&mut self, name: &str, f: impl FnOnce(&mut Self)) {
        self.step(|| Segment::Key(name.to_owned().into()), f);
    }

    pub(crate) fn at_index(&mut self, index: usize, f: impl FnOnce(&mut Self)) {
        self.step(|| Segment::Index(index), f);
    }
}

impl<T: Validate> Validate for Box<T> {
    fn check(c: &mut Checker, v: Node<'_>) {
        T::check(c, v);
    }
}
