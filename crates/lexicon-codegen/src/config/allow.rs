//! Breaches of lints that stay, each with its reason.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lexicon_schema::lint::{self, Level};
use lexicon_schema::{Catalog, Diagnostic, Pointer};
use serde::Deserialize;

use super::{Config, FILE_NAME};

/// One breach that stays, or one kind of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// The name of the lint.
    pub lint: String,
    /// Where: `NSID#/json/pointer` for that place and all below it, an NSID, or `prefix.*`.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Allow {
    fn covers(&self, nsid: &str, diagnostic: &Diagnostic) -> bool {
        if self.lint != diagnostic.rule {
            return false;
        }
        match self.what.split_once('#') {
            None => super::matches(&self.what, nsid),
            Some((document, pointer)) => {
                let rest = diagnostic.pointer.as_str().strip_prefix(pointer);
                document == nsid && rest.is_some_and(|r| r.is_empty() || r.starts_with('/'))
            }
        }
    }

    /// What is wrong with the entry itself.
    pub(super) fn fault(&self) -> Option<(&'static str, String)> {
        let Self { lint, what, reason } = self;
        match lint::rule(lint) {
            _ if reason.trim().is_empty() => {
                Some(("no-reason", format!("`{lint}` for `{what}` needs a reason")))
            }
            None => Some(("no-such-lint", format!("there is no lint `{lint}`"))),
            Some(rule) if rule.level == Level::Error => Some((
                "no-such-lint",
                format!("`{lint}` is an error: it cannot be allowed"),
            )),
            Some(_) => None,
        }
    }
}

impl Config {
    /// What is left of the findings in a catalog, and the entries that are wrong or fit no finding.
    pub fn apply_allow(&self, catalog: &Catalog, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let nsids: BTreeMap<&Path, &str> = catalog
            .documents()
            .map(|document| (&*document.file, document.nsid.as_str()))
            .collect();
        let mut used = vec![false; self.allow.len()];
        let mut left: Vec<_> = found
            .into_iter()
            .filter(|diagnostic| {
                let Some(nsid) = nsids.get(&*diagnostic.file) else {
                    return true;
                };
                let mut kept = true;
                for (allow, used) in self.allow.iter().zip(&mut used) {
                    if allow.covers(nsid, diagnostic) {
                        (*used, kept) = (true, false);
                    }
                }
                kept
            })
            .collect();
        for (allow, used) in self.allow.iter().zip(used) {
            let stale = (!used).then(|| {
                let Allow { lint, what, .. } = allow;
                (
                    "stale-allow",
                    format!("`{what}` does not break `{lint}` any more"),
                )
            });
            if let Some((rule, message)) = allow.fault().or(stale) {
                let file = PathBuf::from(FILE_NAME);
                left.push(Diagnostic::new(file, Pointer::root(), rule, message));
            }
        }
        left
    }
}
