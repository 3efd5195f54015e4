//! `lexicon lint`: directories that references lead to, files of other tools, and which findings fail.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;

use common::{NOTE, Place, text};
use serde_json::{Value, json};

#[test]
fn lint_takes_references_to_other_directories() {
    let items = json!({ "type": "ref", "ref": "com.example.other#a" });
    let place = Place::new(&[(NOTE, json!({ "list": { "type": "array", "items": items } }))]);
    assert_eq!(
        place.run(&["lint", "--json"]).1[0]["rule"],
        "unresolved-ref"
    );
    fs::create_dir(place.path("more")).unwrap();
    let other = r#"{"lexicon": 1, "id": "com.example.other", "defs": {"a": {"type": "bytes"}}}"#;
    place.write("more/other.json", other);
    assert_eq!(
        place.run(&["lint", "--with", "more", "--json"]),
        (0, json!([]))
    );
    assert_eq!(place.run(&["lint", "--json"]).0, 1);
    // Each `--with` takes one directory, so that the next one is the directory of the lexicons.
    let items = json!({ "type": "ref", "ref": "com.example.more#b" });
    place.put(
        NOTE,
        &json!({ "list": { "type": "array", "items": items } }),
    );
    fs::create_dir(place.path("even")).unwrap();
    let other = r#"{"lexicon": 1, "id": "com.example.more", "defs": {"b": {"type": "string", "maxLength": 1}}}"#;
    place.write("even/com.example.more.json", other);
    let with = [
        "lint", "--json", "--with", "more", "--with", "even", "lexicons",
    ];
    assert_eq!(place.run(&with), (0, json!([])));
    assert_eq!(
        place.run(&["lint", "--json", "--with", "lexicons", "even"]),
        (0, json!([]))
    );
    assert_eq!(
        place
            .run(&["lint", "--json", "--with", "lexicons", "more"])
            .1[1]["rule"],
        "file-path"
    );
    assert_eq!(place.run(&["lint", "--with", "nowhere", "even"]).0, 2);

    // What cannot be read there is nobody's finding, but for those who refer to it.
    place.write("even/com.example.more.json", "{");
    let (code, printed) = place.run(&with);
    assert_eq!(
        (code, &printed[0]["rule"], &printed[1]),
        (1, &json!("unresolved-ref"), &Value::Null)
    );
    place.write(
        "even/com.example.more.json",
        &other.replace("string", "text"),
    );
    let (code, printed) = place.run(&with);
    assert_eq!(
        (code, &printed[0]["rule"], &printed[1]),
        (1, &json!("refused-ref"), &Value::Null)
    );
    assert!(
        printed[0]["message"]
            .as_str()
            .unwrap()
            .contains("unknown-type"),
        "{printed}"
    );
}

/// An error, a warning and advice.
fn three() -> Value {
    json!({
        "blob": { "type": "blob", "maxSize": 0 },
        "raw": { "type": "bytes" },
        "a_b": { "type": "boolean" }
    })
}

#[test]
fn only_errors_fail_unless_others_are_denied() {
    let place = Place::new(&[(NOTE, three())]);
    let lint = |options: &[&str]| {
        let (code, printed) = place.run(&[&["lint", "--json"], options].concat());
        let findings = printed.as_array().unwrap().iter();
        let findings = findings.map(|found| format!("{}: {}", found["rule"], found["level"]));
        (
            code,
            findings.collect::<Vec<_>>().join(" ").replace('"', ""),
        )
    };
    let rows: &[(&[&str], i32, &str)] = &[
        (
            &[],
            1,
            "def-name-style: advice max-size: error unbounded-bytes: warning",
        ),
        (
            &["--level", "warning"],
            1,
            "max-size: error unbounded-bytes: warning",
        ),
        (&["--level", "error"], 1, "max-size: error"),
        (
            &["--allow", "max-size"],
            0,
            "def-name-style: advice unbounded-bytes: warning",
        ),
        (&["--allow", "max-size", "--level", "error"], 0, ""),
        (
            &["--allow", "max-size", "--deny", "warning"],
            1,
            "def-name-style: advice unbounded-bytes: error",
        ),
        (
            &["--allow", "max-size", "--deny", "advice"],
            1,
            "def-name-style: error unbounded-bytes: error",
        ),
        (
            &[
                "--allow",
                "max-size",
                "--deny",
                "advice",
                "--allow",
                "unbounded-bytes",
            ],
            1,
            "def-name-style: error",
        ),
        (
            &["--allow", "advice"],
            1,
            "max-size: error unbounded-bytes: warning",
        ),
        (&["--allow", "warning"], 1, "max-size: error"),
        (
            &[
                "--allow",
                "warning",
                "--deny",
                "def-name-style",
                "--level",
                "error",
            ],
            1,
            "def-name-style: error max-size: error",
        ),
        (&["--allow", "error"], 1, "max-size: error"),
    ];
    for (options, code, expected) in rows {
        assert_eq!(
            lint(options),
            (*code, (*expected).to_owned()),
            "{options:?}"
        );
    }
    for options in [
        ["--deny", "tidy"],
        ["--allow", "tidy"],
        ["--allow", "unknown-type"],
        ["--level", "all"],
    ] {
        assert_eq!(
            place.run(&[&["lint"][..], &options].concat()).0,
            2,
            "{options:?}"
        );
    }
    let (_, printed) = place.run(&["lint"]);
    let summary = "1 document, 3 findings: 1 error, 1 warning, 1 of advice";
    assert!(printed.as_str().unwrap().contains(summary), "{printed}");
}

#[test]
fn files_of_other_tools_are_named_and_generated_copies_left_out() {
    let place = Place::new(&[(NOTE, text(5))]);
    place.write("lexicons/package.json", "{}");
    let output = place.output(&["lint"]);
    assert_eq!(output.status.code(), Some(0));
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(
        printed.contains("note: lexicons/package.json is no lexicon"),
        "{printed}"
    );

    place.write("lexicon.toml", "[codegen]\nout = \"lexicons/src\"\n");
    fs::create_dir(place.path("lexicons/src")).unwrap();
    let stale = fs::read_to_string(place.path(&format!("lexicons/{NOTE}.json"))).unwrap();
    place.write("lexicons/src/note.json", &stale.replace('5', "6"));
    assert_eq!(place.run(&["lint", "--json"]), (0, json!([])));
}

#[test]
fn findings_of_a_refused_document_can_be_allowed_too() {
    let place = Place::new(&[(
        NOTE,
        json!({ "a_b": { "type": "boolean" }, "c": { "type": "date" } }),
    )]);
    let allow = format!(
        "[[lint.allow]]\nlint = \"def-name-style\"\nwhat = \"{NOTE}\"\nreason = \"It is published.\"\n"
    );
    place.write("lexicon.toml", &allow);
    let (code, printed) = place.run(&["lint", "--json"]);
    assert_eq!(
        (code, &printed[0]["rule"], &printed[1]),
        (1, &json!("unknown-type"), &Value::Null)
    );
}
