//! What the rules find in one document.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;

use crate::diagnostic::{Diagnostic, Pointer};
use crate::model::Document;

/// What is found in one document.
pub(super) struct Findings<'a> {
    pub(super) document: &'a Document,
    pub(super) found: &'a mut Vec<Diagnostic>,
}

impl Findings<'_> {
    pub(super) fn add(&mut self, pointer: Pointer, rule: &'static str, message: impl Into<String>) {
        let diagnostic = Diagnostic::new(&self.document.file, pointer, rule, message);
        self.found.push(diagnostic);
    }

    /// Reports what a list at `at` has twice.
    pub(super) fn repeated<T: Hash + Eq + Display>(&mut self, values: &[T], at: &Pointer) {
        let mut seen = HashSet::new();
        for (index, value) in values.iter().enumerate() {
            if !seen.insert(value) {
                let message = format!("`{value}` is listed twice");
                self.add(at.join(index), "duplicate-entry", message);
            }
        }
    }
}
