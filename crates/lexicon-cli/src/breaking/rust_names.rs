//! Items of the generated code that a change of lexicons gives the same name.

use std::collections::BTreeSet;

use lexicon_codegen::name_collisions;
use lexicon_schema::Catalog;
use lexicon_schema::breaking::{Change, Impact};

use crate::project::Project;

/// The items that had names of their own before.
pub(super) fn changes(old: &Catalog, new: &Catalog, project: &Project) -> Vec<Change> {
    let collisions = |catalog: &Catalog| name_collisions(catalog, &project.settings.codegen);
    // Each message names the places of the items.
    let before: BTreeSet<_> = collisions(old)
        .into_iter()
        .map(|found| found.message)
        .collect();
    let now = collisions(new).into_iter();
    let changes = now.filter(|found| !before.contains(&found.message));
    changes
        .map(|found| Change::new(found, Impact::Advice))
        .collect()
}
