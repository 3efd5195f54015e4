//! What is wrong with the lexicons, as `lexicon codegen` reports it.

use std::path::Path;

use lexicon_schema::Diagnostic;
use lexicon_schema::lint::{self, Level};
use serde_json::{Value, json};

use super::arguments::Arguments;
use crate::print::{print_line, print_note};
use crate::report;

/// The rule of members that the language does not have: they are likely misspelt, and have no effect.
const UNKNOWN_MEMBER: &str = "unknown-key";

/// What is wrong with the lexicons.
pub(super) struct Findings {
    /// What the language forbids, and what documents were refused for.
    pub(super) errors: Vec<Diagnostic>,
    /// Members that the language does not have.
    unknown: Vec<Diagnostic>,
}

impl Findings {
    /// The reasons for which documents were refused, and those of the findings of lints that concern code.
    pub(super) fn new(refused: Vec<Diagnostic>, found: Vec<Diagnostic>) -> Self {
        let (mut unknown, mut errors): (Vec<_>, Vec<_>) = found
            .into_iter()
            .filter(|found| level(found) == Level::Error || found.rule == UNKNOWN_MEMBER)
            .partition(|found| level(found) != Level::Error);
        // A reference that leads nowhere is both.
        errors.extend(refused);
        for list in [&mut errors, &mut unknown] {
            list.sort();
            list.dedup();
        }
        Self { errors, unknown }
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Prints them to standard error.
    pub(super) fn print(&self) {
        for found in self.errors.iter().chain(&self.unknown) {
            print_note!("{}: {found}", level(found));
        }
    }

    /// Reports that no code was written.
    pub(super) fn report(&self, lexicons: &Path, arguments: &Arguments) {
        if arguments.json {
            print_line!("{}", json!({ "diagnostics": self.to_json() }));
        } else {
            self.print();
            print_note!(
                "no code was written for the lexicons in {}",
                lexicons.display()
            );
        }
    }

    /// The list that `--json` prints.
    pub(super) fn to_json(&self) -> Vec<Value> {
        let found = self.errors.iter().chain(&self.unknown);
        let list = found.map(|found| {
            let mut value = report::to_json(found);
            value["level"] = level(found).to_string().into();
            value
        });
        list.collect()
    }
}

/// Faults of the settings and of names are no lints, and errors.
fn level(found: &Diagnostic) -> Level {
    lint::rule(found.rule).map_or(Level::Error, |rule| rule.level)
}
