//! Cycles of files: each names an item of the next one, and the last one an item of the first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use crate::references::References;

/// A strongly connected component of files: each depends on every other, directly or through others.
pub(crate) struct Component {
    pub(crate) files: Vec<PathBuf>,
    /// The shortest cycle through each of the files, without duplicates, the shortest first.
    pub(crate) cycles: Vec<Vec<PathBuf>>,
}

/// The components of a crate that have more than one file.
pub(crate) fn components(references: &References) -> Vec<Component> {
    let with_cycle = |file: &PathBuf| Some((file.clone(), shortest_cycle(references, file)?));
    let mut cycles: BTreeMap<_, _> = references.keys().filter_map(with_cycle).collect();
    let mut components = Vec::new();
    while let Some(first) = cycles.keys().next().cloned() {
        let reached = reachable(references, &first);
        let leads_back = |file: &&PathBuf| {
            reached.contains(*file) && reachable(references, file).contains(&first)
        };
        let files: Vec<_> = cycles.keys().filter(leads_back).cloned().collect();
        let of_files = files.iter().filter_map(|file| cycles.remove(file));
        let distinct: BTreeSet<_> = of_files.map(rotate_to_first).collect();
        let mut cycles: Vec<_> = distinct.into_iter().collect();
        cycles.sort_by_key(Vec::len);
        components.push(Component { files, cycles });
    }
    components
}

/// The shortest cycle through a file, by breadth-first search.
fn shortest_cycle(references: &References, file: &Path) -> Option<Vec<PathBuf>> {
    let mut paths = VecDeque::from([vec![file.to_owned()]]);
    let mut seen = BTreeSet::new();
    while let Some(path) = paths.pop_front() {
        for (next, _) in references.get(path.last()?).into_iter().flatten() {
            if next == file {
                return Some(path);
            }
            if seen.insert(next.clone()) {
                paths.push_back([&path[..], std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}

/// The files that a file depends on, directly or through others.
fn reachable(references: &References, file: &Path) -> BTreeSet<PathBuf> {
    let mut reachable = BTreeSet::new();
    let mut open = vec![file.to_owned()];
    while let Some(file) = open.pop() {
        for (next, _) in references.get(&file).into_iter().flatten() {
            if reachable.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    reachable
}

/// The same cycle from its alphabetically first file on.
fn rotate_to_first(mut cycle: Vec<PathBuf>) -> Vec<PathBuf> {
    let first = cycle.iter().enumerate().min_by_key(|(_, file)| *file);
    let place = first.map_or(0, |(place, _)| place);
    cycle.rotate_left(place);
    cycle
}

/// Displays a cycle: `a.rs -> b.rs (Item) -> a.rs (Other)`. The names are the items of a file that the
/// file before it names.
pub(crate) fn display(cycle: &[PathBuf], references: &References, root: &Path) -> String {
    let short = |file: &Path| file.strip_prefix(root).unwrap().display().to_string();
    let mut text = short(&cycle[0]);
    for (number, file) in cycle.iter().enumerate() {
        let next = &cycle[(number + 1) % cycle.len()];
        let names: Vec<_> = references[file][next].iter().map(String::as_str).collect();
        text.push_str(&format!(" -> {} ({})", short(next), names.join(", ")));
    }
    text
}
