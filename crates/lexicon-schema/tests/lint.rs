//! Every rule that documents are held to, each broken once, and documents that break none.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::path::Path;

use lexicon_schema::Loaded;
use lexicon_schema::lint::{self, LINTS, Level};
use serde_json::{Value, json};

/// What is found in documents, each with its file, `pointer rule` each.
fn found(documents: &[(String, String)]) -> Vec<String> {
    let mut loaded = Loaded::default();
    for (file, text) in documents {
        loaded.add(Path::new(file), text);
    }
    let mut found = loaded.diagnostics;
    found.extend(lint::check(&loaded.catalog));
    let lines = found
        .iter()
        .map(|found| format!("{} {}", found.pointer, found.rule));
    lines.collect()
}

/// The documents of a row, each with its file.
fn documents(row: &Value) -> Vec<(String, String)> {
    let file = row["file"].as_str().unwrap_or("com/example/thing.json");
    let defs = match &row["permissions"] {
        Value::Null => row["defs"].clone(),
        permissions => json!({ "main": {
            "type": "permission-set", "title": "t", "detail": "d", "permissions": permissions
        } }),
    };
    match (&row["text"], &row["documents"]) {
        (Value::String(text), _) => vec![(file.to_owned(), text.clone())],
        (_, Value::Array(list)) => {
            let file = |document: &Value| match document["id"].as_str() {
                Some(nsid) => format!("{}.json", nsid.replace('.', "/")),
                None => file.to_owned(),
            };
            let list = list.iter();
            list.map(|document| (file(document), document.to_string()))
                .collect()
        }
        _ => {
            let document = json!({ "lexicon": 1, "id": "com.example.thing", "defs": defs });
            vec![(file.to_owned(), document.to_string())]
        }
    }
}

#[test]
fn each_rule_is_reported_where_it_is_broken() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("lint/cases.json")).unwrap();
    let mut reported = BTreeSet::new();
    let mut wrong = Vec::new();
    for row in &rows {
        let mut expected: Vec<String> = serde_json::from_value(row["found"].clone()).unwrap();
        if !row["permissions"].is_null() {
            let at = "/defs/main/permissions";
            expected = expected.iter().map(|line| format!("{at}/{line}")).collect();
        }
        let found = found(&documents(row));
        if found != expected {
            wrong.push(format!("{found:?}\n  expected: {expected:?}\n  {row}"));
        }
        reported.extend(
            expected
                .iter()
                .filter_map(|line| Some(line.split_once(' ')?.1.to_owned())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // No text is unreadable: that is a test of directories.
    reported.insert("unreadable".to_owned());
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
    assert_eq!(lint::rule("unknown-key").unwrap().level, Level::Advice);
    assert!(lint::rule("tidy").is_none());
    for lint in LINTS {
        assert!(!lint.refuses || lint.level == Level::Error, "{}", lint.name);
    }
    // The specification forbids these, and what they mean is known.
    for name in ["record-key", "body-type"] {
        let rule = lint::rule(name).unwrap();
        assert!(rule.level == Level::Error && !rule.refuses, "{name}");
    }
}
