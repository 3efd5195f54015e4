//! Conventions of the source that no compiler checks.
#![allow(clippy::unwrap_used, missing_docs)]

mod attacks;
mod attributes;
mod code_map;
mod crate_cases;
mod cycles;
mod files;
mod modules;
mod references;
mod resolve;
mod workspace;
mod workspace_cases;

use std::fs;

use workspace::Workspace;

/// The number of the last row of the list of attacks.
const LAST_ATTACK: usize = 60;

/// A cycle of files: one names an item of the next one, and so on back to the first. None of them can
/// then be read, moved or tested without the others. What both need goes into a file of its own.
#[test]
fn no_cycle_of_files() {
    let workspace = Workspace::read();
    let mut found = String::new();
    for package in &workspace.packages {
        for root in &package.crate_roots {
            let references = references::references(root);
            for component in cycles::components(&references) {
                let (name, count) = (&package.name, component.files.len());
                found.push_str(&format!("\n{name}: {count} files in cycles\n"));
                for cycle in &component.cycles {
                    let cycle = cycles::display(cycle, &references, &workspace.root);
                    found.push_str(&format!("  {cycle}\n"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found}");
}

#[test]
fn no_long_file() {
    let long = files::long(&Workspace::read().root);
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_code_map_names_every_package() {
    let workspace = Workspace::read();
    let document = fs::read_to_string(workspace.root.join("ARCHITECTURE.md")).unwrap();
    let errors = code_map::errors(&document, &workspace.packages);
    assert!(errors.is_empty(), "ARCHITECTURE.md: {errors:#?}");
}

#[test]
fn each_test_of_the_list_of_attacks_exists() {
    let root = Workspace::read().root;
    let document = fs::read_to_string(root.join("docs/security.md")).unwrap();
    let errors = attacks::errors(&document, &root, LAST_ATTACK);
    assert!(errors.is_empty(), "docs/security.md: {errors:#?}");
}
