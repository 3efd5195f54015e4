//! Breaking changes: what a change of lexicons breaks, and for whom.
//!
//! Source: <https://atproto.com/specs/lexicon#lexicon-evolution>. All old data must stay valid, and
//! new data must be valid for those who still have the old documents.

mod constraints;
mod definitions;
mod effect;
mod types;

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::data_flow::{DataFlow, Directions};
use crate::diagnostic::{Diagnostic, Pointer};
use crate::model::{Def, DefKind, Document};
use effect::Effect;

pub use effect::Affected;

/// A change that breaks clients or stored records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct BreakingChange {
    /// What changed, and where: in the new document, or in the old one if it is gone.
    pub diagnostic: Diagnostic,
    /// Programs and data that it breaks.
    pub breaks: BTreeSet<Affected>,
}

/// Every breaking change from one catalog to another, by file and place.
///
/// A definition counts as data that is sent, answered or stored according to the methods and records
/// of both catalogs that reach it; one that none reaches counts as all three.
pub fn compare(old: &Catalog, new: &Catalog) -> Vec<BreakingChange> {
    let mut comparer = Comparer {
        old,
        new,
        old_flow: DataFlow::of(old),
        new_flow: DataFlow::of(new),
        entered: BTreeSet::new(),
        found: Vec::new(),
    };
    for document in old.documents() {
        comparer.document(document);
    }
    comparer.found.sort();
    comparer.found
}

struct Comparer<'c> {
    old: &'c Catalog,
    new: &'c Catalog,
    old_flow: DataFlow<'c>,
    new_flow: DataFlow<'c>,
    /// Pairs of definitions that are being compared through references, against endless recursion.
    entered: BTreeSet<(String, String)>,
    found: Vec<BreakingChange>,
}

/// Where a comparison stands.
#[derive(Clone, Copy)]
struct Place<'c> {
    old: &'c Document,
    new: &'c Document,
    directions: Directions,
}

impl<'c> Place<'c> {
    fn going(self, directions: Directions) -> Self {
        Self { directions, ..self }
    }
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
    }

    fn directions(&self, document: &Document, name: &str, def: &Def) -> Directions {
        let nsid = document.nsid.as_str();
        let reached = self.old_flow.directions(nsid, name) | self.new_flow.directions(nsid, name);
        match def.kind {
            DefKind::Method(_) | DefKind::Subscription(_) | DefKind::PermissionSet(_) => {
                Directions::INPUT | Directions::OUTPUT
            }
            _ if reached == Directions::default() => Directions::ALL,
            _ => reached,
        }
    }

    fn add(
        &mut self,
        document: &Document,
        directions: Directions,
        at: &Pointer,
        rule: &'static str,
        effects: &[Effect],
        message: impl Into<String>,
    ) {
        let breaks = effects.iter().flat_map(|effect| effect.breaks(directions));
        self.push(document, at, rule, breaks.collect(), message);
    }

    fn push(
        &mut self,
        document: &Document,
        at: &Pointer,
        rule: &'static str,
        breaks: BTreeSet<Affected>,
        message: impl Into<String>,
    ) {
        let diagnostic = Diagnostic::new(&document.file, at.clone(), rule, message);
        self.found.push(BreakingChange { diagnostic, breaks });
    }
}
