//! Every rule that documents are held to, each broken once, and documents that break none.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::path::Path;

use lexicon_schema::Loaded;
use lexicon_schema::lint::{self, LINTS, Level};
use serde_json::Value;

/// What is found in documents, `pointer rule` each.
fn found(documents: &[String]) -> Vec<String> {
    let mut loaded = Loaded::default();
    for (index, text) in documents.iter().enumerate() {
        loaded.add(Path::new(&format!("{index}.json")), text);
    }
    let mut found = loaded.diagnostics;
    found.extend(lint::check(&loaded.catalog));
    let lines = found
        .iter()
        .map(|found| format!("{} {}", found.pointer, found.rule));
    lines.collect()
}

#[test]
fn each_rule_is_reported_where_it_is_broken() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("lint/cases.json")).unwrap();
    let mut reported = BTreeSet::new();
    for row in &rows {
        let mut documents = Vec::new();
        if let Some(text) = row["text"].as_str() {
            documents.push(text.to_owned());
        } else if let Some(list) = row["documents"].as_array() {
            documents.extend(list.iter().map(Value::to_string));
        } else {
            let mut document = serde_json::json!({ "lexicon": 1, "id": "com.example.thing" });
            document["defs"] = row["defs"].clone();
            documents.push(document.to_string());
        }
        let expected: Vec<String> = serde_json::from_value(row["found"].clone()).unwrap();
        assert_eq!(found(&documents), expected, "{row}");
        reported.extend(
            expected
                .iter()
                .filter_map(|line| Some(line.split_once(' ')?.1.to_owned())),
        );
    }
    let rules: BTreeSet<_> = LINTS.iter().map(|lint| lint.name.to_owned()).collect();
    assert_eq!(reported, rules, "every rule has a case");
    assert_eq!(rules.len(), LINTS.len(), "and a name of its own");
}

#[test]
fn a_rule_has_a_level_and_a_reason() {
    assert_eq!(lint::rule("unresolved-ref").unwrap().level, Level::Error);
    assert_eq!(
        lint::rule("unbounded-string").unwrap().level,
        Level::Warning
    );
    assert!(lint::rule("tidy").is_none());
}
