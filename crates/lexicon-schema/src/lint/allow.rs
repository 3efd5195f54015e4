//! Findings of lints that are accepted, each with its reason.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::table;
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Pointer};
use crate::pattern;

/// One finding that is accepted, or one kind of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Allow {
    /// The name of the lint.
    pub lint: String,
    /// The place: `NSID#/json/pointer` for that place and all below it, an NSID, or `prefix.*`.
    pub what: String,
    /// The reason.
    pub reason: String,
}

impl Allow {
    fn covers(&self, nsid: &str, diagnostic: &Diagnostic) -> bool {
        if self.lint != diagnostic.rule {
            return false;
        }
        match self.what.split_once('#') {
            None => pattern::matches(&self.what, nsid),
            Some((document, pointer)) => {
                let rest = diagnostic.pointer.as_str().strip_prefix(pointer);
                document == nsid && rest.is_some_and(|r| r.is_empty() || r.starts_with('/'))
            }
        }
    }

    /// What is wrong with the entry itself.
    fn fault(&self) -> Option<(&'static str, String)> {
        let Self { lint, what, reason } = self;
        match table::rule(lint) {
            _ if reason.trim().is_empty() => {
                Some(("no-reason", format!("`{lint}` for `{what}` needs a reason")))
            }
            None => Some(("no-such-lint", format!("there is no lint `{lint}`"))),
            Some(rule) if rule.refuses => Some((
                "no-such-lint",
                format!("`{lint}` cannot be allowed: no code is generated from such a document"),
            )),
            Some(_) => None,
        }
    }
}

/// Removes the accepted findings, and adds the entries that are wrong or fit no finding, as faults of
/// `file` at `pointer`, which has the list of entries.
pub fn apply(
    allow: &[Allow],
    catalog: &Catalog,
    found: Vec<Diagnostic>,
    file: &Path,
    pointer: &Pointer,
) -> Vec<Diagnostic> {
    let nsids: BTreeMap<&Path, &str> = catalog
        .documents()
        .chain(catalog.refused_documents())
        .map(|document| (&*document.file, document.nsid.as_str()))
        .collect();
    let mut used = vec![false; allow.len()];
    let mut left: Vec<_> = found
        .into_iter()
        .filter(|diagnostic| {
            let Some(nsid) = nsids.get(&*diagnostic.file) else {
                return true;
            };
            let mut kept = true;
            for (allow, used) in allow.iter().zip(&mut used) {
                if allow.covers(nsid, diagnostic) {
                    (*used, kept) = (true, false);
                }
            }
            kept
        })
        .collect();
    for (index, (allow, used)) in allow.iter().zip(used).enumerate() {
        let stale = (!used).then(|| {
            let Allow { lint, what, .. } = allow;
            (
                "stale-allow",
                format!("`{lint}` finds nothing at `{what}`: remove the entry"),
            )
        });
        if let Some((rule, message)) = allow.fault().or(stale) {
            left.push(Diagnostic::new(file, pointer.join(index), rule, message));
        }
    }
    left
}
