//! The code map of `ARCHITECTURE.md` beside the packages that there are.

use std::collections::BTreeSet;

use crate::workspace::Package;

/// What is wrong with the section "Code map" of a document: a directory of a package that it does not
/// name, or a name of a package that does not exist. Names are those in backquotes.
pub(crate) fn errors(document: &str, packages: &[Package]) -> Vec<String> {
    let Some((_, rest)) = document.split_once("\n## Code map\n") else {
        return vec!["there is no section `Code map`".to_owned()];
    };
    let section = rest.split("\n## ").next().unwrap_or(rest);
    let named: BTreeSet<_> = section.split('`').skip(1).step_by(2).collect();
    let named = named.into_iter().map(|name| name.trim_end_matches('/'));
    let named: BTreeSet<_> = named.collect();
    let missing = packages.iter().map(|package| &package.directory[..]);
    let missing = missing.filter(|directory| !named.contains(directory));
    let missing = missing.map(|directory| format!("`{directory}` is missing"));
    let unknown = named.iter().filter(|name| is_unknown(name, packages));
    let unknown = unknown.map(|name| format!("`{name}` is no package of the workspace"));
    missing.chain(unknown).collect()
}

fn is_unknown(name: &str, packages: &[Package]) -> bool {
    let mut parts = name.split('/');
    match (parts.next(), parts.next()) {
        (Some(parent @ ("crates" | "examples")), Some(child)) => {
            let directory = format!("{parent}/{child}");
            packages
                .iter()
                .all(|package| package.directory != directory)
        }
        (Some(name), None) => {
            let is_like = |package: &Package| {
                let family = package.name.split_once('-').map(|(family, _)| family);
                family.is_some_and(|family| name.starts_with(&format!("{family}-")))
            };
            let is_plain = name
                .chars()
                .all(|char| char.is_ascii_lowercase() || char == '-');
            is_plain
                && packages.iter().any(is_like)
                && packages.iter().all(|package| package.name != name)
        }
        _ => false,
    }
}
