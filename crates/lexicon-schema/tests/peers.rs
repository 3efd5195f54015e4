//! Verdicts of the specification on inputs of other implementations, from the folder that `COCORE_PEERS`
//! names: `documents.json` (`document`, and whether it is `valid`) and `breaking.json` (`before`, `after`,
//! and whether the change is `breaking`). Where the verdict is null, the specification does not say.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};

use lexicon_schema::breaking;
use lexicon_schema::lint::{self, Level};
use lexicon_schema::{Catalog, Diagnostic, Loaded};
use serde_json::Value;

/// Cases on which the verdicts differ, each with the reason.
const DIFFERENT: &[(&str, &str)] = &[];

/// The cases of a file, if there is a folder.
fn cases(file: &str) -> Vec<Value> {
    let Some(dir) = std::env::var_os("COCORE_PEERS") else {
        // Tests' own output is captured, except what is written in this way.
        let _ = writeln!(
            stderr(),
            "skipped: COCORE_PEERS names no folder with {file}"
        );
        return Vec::new();
    };
    let text = fs::read_to_string(PathBuf::from(dir).join(file)).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!cases.is_empty());
    cases
}

fn load(document: &Value) -> Loaded {
    let nsid = document["id"].as_str().unwrap_or("document");
    let mut loaded = Loaded::default();
    loaded.add(Path::new(&format!("{nsid}.json")), &document.to_string());
    loaded
}

/// What the specification forbids in a document that stands alone.
fn illegal(document: &Value) -> Vec<Diagnostic> {
    let loaded = load(document);
    let mut found = loaded.diagnostics;
    found.extend(lint::check(&loaded.catalog));
    found.retain(|found| {
        let stands_alone = !found.message.contains("there is no document");
        let level = lint::rule(found.rule).unwrap().level;
        level == Level::Error && stands_alone
    });
    found
}

fn assert_agreement(case: &Value, verdict: &str, ours: bool, why: &str, wrong: &mut Vec<String>) {
    let name = case["name"].as_str().unwrap();
    let explained = DIFFERENT.iter().any(|(other, _)| *other == name);
    if case[verdict].as_bool().is_some_and(|theirs| theirs != ours) && !explained {
        wrong.push(format!(
            "{name}: expected {}: {why}\n  {case}",
            case[verdict]
        ));
    }
}

#[test]
fn documents_are_legal_or_not() {
    let mut wrong = Vec::new();
    for case in cases("documents.json") {
        let found = illegal(&case["document"]);
        let why: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_agreement(
            &case,
            "valid",
            found.is_empty(),
            &why.join("; "),
            &mut wrong,
        );
    }
    assert_eq!(wrong, [""; 0], "{}", wrong.join("\n"));
}

#[test]
fn changes_break_or_do_not() {
    let mut wrong = Vec::new();
    for case in cases("breaking.json") {
        let catalog = |key: &str| -> Catalog { load(&case[key]).catalog };
        let found = breaking::compare(&catalog("before"), &catalog("after"));
        let why: Vec<_> = found
            .iter()
            .map(|found| found.diagnostic.to_string())
            .collect();
        assert_agreement(
            &case,
            "breaking",
            !found.is_empty(),
            &why.join("; "),
            &mut wrong,
        );
    }
    assert_eq!(wrong, [""; 0], "{}", wrong.join("\n"));
}
