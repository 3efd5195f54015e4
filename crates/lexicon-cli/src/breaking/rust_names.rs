//! Types of the generated code whose names a change of lexicons changes.

use std::collections::BTreeMap;

use lexicon_codegen::{GeneratedType, generated_types};
use lexicon_schema::breaking::{Change, Impact};
use lexicon_schema::{Catalog, Diagnostic, Pointer};

use crate::project::Project;

/// The types that have another name than before.
pub(super) fn changes(old: &Catalog, new: &Catalog, project: &Project) -> Vec<Change> {
    let types = |catalog: &Catalog| {
        let mut catalog = catalog.clone();
        catalog.prune();
        generated_types(&catalog, &project.settings.codegen)
    };
    let before = types(old);
    let before: BTreeMap<_, _> = before.iter().map(|one| (place(one), &one.path)).collect();
    let mut changes = Vec::new();
    for now in types(new) {
        let Some(path) = before.get(&place(&now)).filter(|path| **path != &now.path) else {
            continue;
        };
        let Some(document) = new.get(&now.nsid) else {
            continue;
        };
        let at = Pointer::root().join("defs").join(&now.def);
        let message = format!("the Rust type `{path}` is now `{}`", now.path);
        let diagnostic = Diagnostic::new(&document.file, at, "rust-name-changed", message);
        changes.push(Change::new(diagnostic, Impact::Advice));
    }
    changes
}

/// What a type is generated from.
fn place(generated: &GeneratedType) -> (&str, &str, String) {
    let part = format!("{:?}", generated.part);
    (&generated.nsid, &generated.def, part)
}
