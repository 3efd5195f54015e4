//! Breaking changes: what a change of lexicons breaks, and for whom.
//!
//! Source: <https://atproto.com/specs/lexicon#lexicon-evolution>. All old data must stay valid, and
//! new data must be valid for those who still have the old documents.

mod change;
mod comparer;
mod constraints;
mod definitions;
mod effect;
mod references;
mod rules;
mod types;

use crate::catalog::Catalog;
use crate::data_flow::{DataFlow, Directions};
use crate::diagnostic::Pointer;
use crate::model::{Def, DefKind, Document};
use comparer::{Comparer, Place};
use effect::Effect;

pub use change::Change;
pub use effect::Affected;
pub use rules::{CHANGES, ChangeRule, Impact, change_rule};

/// The changes from one catalog to another that the specification calls breaking, by file and place.
pub fn compare(old: &Catalog, new: &Catalog) -> Vec<Change> {
    let mut changes = changes(old, new);
    changes.retain(|change| change.impact == Impact::Breaking);
    changes
}

/// Every change from one catalog to another, the worst first, then by file and place.
///
/// A definition counts as data that is sent, answered or stored according to the methods and records
/// of both catalogs that reach it; one that none reaches counts as all three.
pub fn changes(old: &Catalog, new: &Catalog) -> Vec<Change> {
    let mut comparer = Comparer {
        old,
        new,
        old_flow: DataFlow::of(old),
        new_flow: DataFlow::of(new),
        replaced: Vec::new(),
        found: Vec::new(),
    };
    for document in old.documents() {
        comparer.document(document);
    }
    comparer.report_replaced();
    for document in new.documents() {
        if old.get(document.nsid.as_str()).is_none() {
            let message = format!("{} was added", document.nsid);
            comparer.add(
                document,
                Directions::ALL,
                &Pointer::root(),
                "document-added",
                &[],
                message,
            );
        }
    }
    comparer.found.sort();
    comparer.found
}

impl<'c> Comparer<'c> {
    fn document(&mut self, old: &'c Document) {
        let Some(new) = self.new.get(old.nsid.as_str()) else {
            let message = format!("{} was removed", old.nsid);
            let directions = (old.defs.iter())
                .fold(Directions::default(), |directions, (name, def)| {
                    directions | self.directions(old, name, def)
                });
            let effects = [Effect::Meaning];
            return self.add(
                old,
                directions,
                &Pointer::root(),
                "document-removed",
                &effects,
                message,
            );
        };
        for (name, def) in &old.defs {
            let directions = self.directions(old, name, def);
            match new.defs.get(name) {
                Some(new_def) => self.definition(
                    def,
                    new_def,
                    Place {
                        old,
                        new,
                        directions,
                    },
                ),
                None => {
                    let message = format!("the definition `{name}` was removed");
                    let effects = [Effect::Meaning];
                    self.add(
                        old,
                        directions,
                        &def.pointer,
                        "def-removed",
                        &effects,
                        message,
                    );
                }
            }
        }
        for (name, def) in &new.defs {
            if !old.defs.contains_key(name) {
                let message = format!("the definition `{name}` was added");
                let directions = self.directions(new, name, def);
                self.add(new, directions, &def.pointer, "def-added", &[], message);
            }
        }
    }

    fn directions(&self, document: &Document, name: &str, def: &Def) -> Directions {
        let nsid = document.nsid.as_str();
        let reached = self.old_flow.directions(nsid, name) | self.new_flow.directions(nsid, name);
        match def.kind {
            DefKind::Method(_)
            | DefKind::Subscription(_)
            | DefKind::PermissionSet(_)
            | DefKind::Space(_) => Directions::INPUT | Directions::OUTPUT,
            _ if reached == Directions::default() => Directions::ALL,
            _ => reached,
        }
    }
}
