//! The state of a comparison.

use std::collections::BTreeSet;

use super::change::Change;
use super::effect::{Effect, concerned};
use super::rules::{Impact, change_rule};
use crate::catalog::Catalog;
use crate::data_flow::{DataFlow, Directions};
use crate::diagnostic::{Diagnostic, Pointer};
use crate::model::{Document, Schema};

pub(super) struct Comparer<'c> {
    pub(super) old: &'c Catalog,
    pub(super) new: &'c Catalog,
    pub(super) old_flow: DataFlow<'c>,
    pub(super) new_flow: DataFlow<'c>,
    /// The references that were replaced by others, and have not been compared yet.
    pub(super) replaced: Vec<Replaced<'c>>,
    pub(super) found: Vec<Change>,
}

/// Where a comparison stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'c> {
    pub(super) old: &'c Document,
    pub(super) new: &'c Document,
    pub(super) directions: Directions,
}

impl<'c> Place<'c> {
    pub(super) fn going(self, directions: Directions) -> Self {
        Self { directions, ..self }
    }
}

/// Two definitions by name, and the directions in which their data flows.
pub(super) type Pair = (String, String, Directions);

/// A place at which two types are compared by what they refer to.
#[derive(Clone)]
pub(super) struct Replaced<'c> {
    pub(super) pair: Pair,
    pub(super) old: &'c Schema,
    pub(super) new: &'c Schema,
    pub(super) place: Place<'c>,
}

impl Comparer<'_> {
    /// Adds a change of a rule, with what it does to the data that flows in some directions.
    pub(super) fn add(
        &mut self,
        document: &Document,
        directions: Directions,
        at: &Pointer,
        rule: &'static str,
        effects: &[Effect],
        message: impl Into<String>,
    ) {
        let impact = change_rule(rule).map_or(Impact::Breaking, |rule| rule.impact);
        let breaks: BTreeSet<_> = effects
            .iter()
            .flat_map(|effect| effect.breaks(directions))
            .collect();
        self.found.push(Change {
            safe: &concerned(directions) - &breaks,
            breaks,
            ..Change::new(
                Diagnostic::new(&document.file, at.clone(), rule, message),
                impact,
            )
        });
    }
}
