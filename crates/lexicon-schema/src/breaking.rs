//! What a change of lexicons breaks, and for whom.
//!
//! Source: <https://atproto.com/specs/lexicon#lexicon-evolution>. All old data must stay valid, and
//! new data must be valid for those who still have the old documents.

mod constraints;
mod definitions;
mod effect;
mod types;

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::data_flow::{DataFlow, Ways};
use crate::diagnostic::{Diagnostic, Pointer};
use crate::model::{Def, DefKind, Document};
use effect::Effect;

pub use effect::Whom;

/// One change that breaks somebody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Break {
    /// What changed, and where: in the new document, or in the old one if it is gone.
    pub diagnostic: Diagnostic,
    /// Whom it breaks.
    pub breaks: BTreeSet<Whom>,
}

/// Every change from one catalog to another that breaks somebody, by file and place.
/// A definition counts as data that is sent, answered or stored according to the methods and records
/// of both catalogs that reach it; one that none reaches counts as all three.
pub fn compare(old: &Catalog, new: &Catalog) -> Vec<Break> {
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
    found: Vec<Break>,
}

/// Where a comparison stands.
#[derive(Clone, Copy)]
struct Place<'c> {
    old: &'c Document,
    new: &'c Document,
    ways: Ways,
}

impl<'c> Place<'c> {
    fn going(self, ways: Ways) -> Self {
        Self { ways, ..self }
    }
}

impl<'c> Comparer<'c> {
    fn document(&mut self, old: &'c Document) {
        let Some(new) = self.new.get(old.nsid.as_str()) else {
            let message = format!("{} was defined, and is not any more", old.nsid);
            let ways = (old.defs.iter()).fold(Ways::default(), |ways, (name, def)| {
                ways | self.ways(old, name, def)
            });
            let effects = [Effect::Meaning];
            return self.add(
                old,
                ways,
                &Pointer::root(),
                "document-removed",
                &effects,
                message,
            );
        };
        for (name, def) in &old.defs {
            let ways = self.ways(old, name, def);
            match new.defs.get(name) {
                Some(new_def) => self.definition(def, new_def, Place { old, new, ways }),
                None => {
                    let message = format!("`{name}` was defined, and is not any more");
                    let effects = [Effect::Meaning];
                    self.add(old, ways, &def.pointer, "def-removed", &effects, message);
                }
            }
        }
    }

    fn ways(&self, document: &Document, name: &str, def: &Def) -> Ways {
        let nsid = document.nsid.as_str();
        let reached = self.old_flow.ways(nsid, name) | self.new_flow.ways(nsid, name);
        match def.kind {
            DefKind::Method(_) | DefKind::Subscription(_) | DefKind::PermissionSet(_) => {
                Ways::INPUT | Ways::OUTPUT
            }
            _ if reached == Ways::default() => Ways::ALL,
            _ => reached,
        }
    }

    fn add(
        &mut self,
        document: &Document,
        ways: Ways,
        at: &Pointer,
        rule: &'static str,
        effects: &[Effect],
        message: impl Into<String>,
    ) {
        let breaks = effects.iter().flat_map(|effect| effect.breaks(ways));
        self.push(document, at, rule, breaks.collect(), message);
    }

    fn push(
        &mut self,
        document: &Document,
        at: &Pointer,
        rule: &'static str,
        breaks: BTreeSet<Whom>,
        message: impl Into<String>,
    ) {
        let diagnostic = Diagnostic::new(&document.file, at.clone(), rule, message);
        self.found.push(Break { diagnostic, breaks });
    }
}
