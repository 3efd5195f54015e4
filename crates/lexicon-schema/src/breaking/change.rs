//! A change, and whom it concerns.

use std::collections::BTreeSet;

use super::effect::Affected;
use super::rules::{Impact, change_rule};
use crate::diagnostic::Diagnostic;

/// A change from one state of lexicons to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Change {
    /// What the specification says of it.
    pub impact: Impact,
    /// What changed, and where: in the new document, or in the old one if it is gone.
    pub diagnostic: Diagnostic,
    /// Programs and data that it breaks.
    pub breaks: BTreeSet<Affected>,
    /// Programs and data that it concerns without breaking them.
    pub safe: BTreeSet<Affected>,
}

impl Change {
    /// A change that concerns programs in all ways and breaks none by itself.
    pub fn new(diagnostic: Diagnostic, impact: Impact) -> Self {
        Self {
            impact,
            diagnostic,
            breaks: BTreeSet::new(),
            safe: BTreeSet::new(),
        }
    }

    /// What to do instead; empty for a compatible change.
    pub fn advice(&self) -> &'static str {
        match (self.impact, change_rule(self.diagnostic.rule)) {
            (Impact::Breaking | Impact::Advice, Some(rule)) => rule.advice,
            _ => "",
        }
    }
}
