//! Two states of lexicons: what the change breaks, and the difference of their texts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use lexicon_runtime::{Nsid, Value};
use lexicon_schema::breaking::{self, Change};
use lexicon_schema::{Catalog, Loaded};
use serde_json::Map;
use similar::TextDiff;

use crate::print::escape_controls;
use crate::published::pretty::pretty;

/// How long the shortest difference is looked for. After that, a longer one is shown.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Lines around a change that are shown.
const CONTEXT: usize = 3;

/// Documents by NSID.
pub(crate) type Documents<'d> = BTreeMap<&'d Nsid, &'d Map<String, Value>>;

/// Returns what changes when `old` becomes `new`, and what that breaks. Both are parts of `catalog`, from which references to others are
/// followed. A lexicon that is not in `old` is new.
pub(crate) fn changes(catalog: &Catalog, old: &Documents<'_>, new: &Documents<'_>) -> Vec<Change> {
    let catalog_with = |documents: &Documents<'_>| {
        let mut loaded = Loaded::default();
        for (nsid, document) in documents {
            loaded.add(Path::new(nsid.as_str()), &pretty(document));
        }
        let mut all = loaded.catalog;
        let mut others = catalog.clone();
        others.retain(|document| !new.contains_key(&&document.nsid));
        all.extend(others);
        all
    };
    let mut changes = breaking::changes(&catalog_with(old), &catalog_with(new));
    let is_own = |change: &Change| {
        let file = &change.diagnostic.file;
        new.keys().any(|nsid| file == Path::new(nsid.as_str()))
    };
    changes.retain(is_own);
    changes
}

/// Returns the difference of two documents as a unified diff of their texts, in which characters that control a
/// terminal are escaped. Empty if there is none.
pub(crate) fn text_diff(
    old: (&str, &Map<String, Value>),
    new: (&str, &Map<String, Value>),
) -> String {
    let (old_text, new_text) = (pretty(old.1), pretty(new.1));
    let mut config = TextDiff::configure();
    let diff = config
        .timeout(TIMEOUT)
        .diff_lines(&old_text[..], &new_text[..]);
    let mut diff = diff.unified_diff();
    let text = diff
        .context_radius(CONTEXT)
        .header(old.0, new.0)
        .to_string();
    escape_controls(&text)
}

#[cfg(test)]
mod tests {
    use lexicon_schema::breaking::Impact;
    use serde_json::json;

    use super::*;

    fn document(max: u64, description: &str) -> Map<String, Value> {
        let text = json!({ "type": "string", "maxLength": max, "description": description });
        let document = json!({ "lexicon": 1, "id": "com.example.note", "defs": { "text": text } });
        document.as_object().unwrap().clone()
    }

    #[test]
    fn a_difference_has_lines_and_what_it_breaks() {
        let (old, new) = (document(5, "d"), document(4, "\u{9b}31m\u{7f}"));
        let diff = text_diff(("old", &old), ("new", &new));
        assert!(diff.contains("--- old\n+++ new\n"), "{diff}");
        for line in ["-      \"maxLength\": 5\n", "+      \"maxLength\": 4\n"] {
            assert!(diff.contains(line), "{diff}");
        }
        assert!(diff.contains(r"\u{9b}31m\u{7f}"), "{diff}");
        assert_eq!(text_diff(("old", &old), ("new", &old)), "");
        let nsid = Nsid::parse("com.example.note").unwrap();
        let breaking = |old: Option<_>, new| {
            let old = old.map(|old| (&nsid, old)).into_iter().collect();
            changes(&Catalog::default(), &old, &Documents::from([(&nsid, new)]))
                .iter()
                .filter(|change| change.impact == Impact::Breaking)
                .count()
        };
        assert_eq!(breaking(Some(&old), &new), 1);
        assert_eq!(breaking(None, &new), 0);
        assert_eq!(breaking(Some(&new), &new), 0);
    }
}
