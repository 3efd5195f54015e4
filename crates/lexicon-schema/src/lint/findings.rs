//! What the rules find in one document.

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
}
