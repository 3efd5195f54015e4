//! `lexicon history`, and what `lexicon codegen` does for a directory that has one.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;

use common::{NOTE, Place, text};
use serde_json::json;

const FILE: &str = "lexicons/history.toml";

#[test]
fn versions_are_recorded_and_checked() {
    let place = Place::new(&[(NOTE, text(5))]);
    let recorded = json!({ "recorded": [NOTE] });
    let none = json!({ "recorded": [] });
    assert_eq!(
        place.run(&["history", "--check", "--json"]),
        (1, recorded.clone())
    );
    assert!(!place.path(FILE).exists());
    assert_eq!(place.run(&["history", "--json"]), (0, recorded.clone()));
    assert_eq!(
        place.run(&["history", "--check", "--json"]),
        (0, none.clone())
    );
    let first = fs::read_to_string(place.path(FILE)).unwrap();
    // White space changes no CID.
    let file = format!("lexicons/{NOTE}.json");
    let spaced = fs::read_to_string(place.path(&file))
        .unwrap()
        .replace(',', ",\n");
    place.write(&file, &spaced);
    assert_eq!(place.run(&["history", "--json"]), (0, none));
    assert_eq!(fs::read_to_string(place.path(FILE)).unwrap(), first);
    place.put(NOTE, &text(6));
    assert_eq!(place.run(&["history", "--check", "--json"]), (1, recorded));
    assert_eq!(place.run(&["history"]).0, 0);
    let second = fs::read_to_string(place.path(FILE)).unwrap();
    assert!(second.starts_with(&first), "{second}");
    assert_eq!(second.matches("cid = ").count(), 2);
    // The last version counts: one that comes back is recorded again.
    place.put(NOTE, &text(5));
    assert_eq!(place.run(&["history", "--check"]).0, 1);

    place.write(FILE, "[[x]]\ncid = 7\n");
    let output = place.output(&["history"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("history.toml"));
}

#[test]
fn codegen_keeps_a_history_that_exists() {
    let place = Place::new(&[(NOTE, text(5))]);
    let codegen = ["codegen", "--out", "generated"];
    let check = ["codegen", "--out", "generated", "--check"];
    assert_eq!(place.run(&codegen).0, 0);
    assert!(!place.path(FILE).exists());
    assert_eq!(place.run(&check).0, 0);
    place.write(FILE, "");
    let output = place.output(&check);
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        printed.contains("has not the current version of com.example.defs: run `lexicon history`"),
        "{printed}"
    );
    assert_eq!(place.run(&codegen).0, 0);
    assert_eq!(place.run(&check).0, 0);
    assert!(
        fs::read_to_string(place.path(FILE))
            .unwrap()
            .contains("[[\"com.example.defs\"]]")
    );
}
