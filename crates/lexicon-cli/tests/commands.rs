//! The commands as a script meets them: exit codes, JSON, and what stands on which stream.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::process::Command;

use common::{NOTE, Place, text};
use serde_json::{Value, json};

#[test]
fn a_reader_that_closes_the_pipe_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_lexicon"));
    let status = command.args(["lint", "--list"]).stdout(writer).status();
    assert_eq!(status.unwrap().code(), Some(0));
}

#[test]
fn codegen_writes_checks_and_refuses() {
    let place = Place::new(&[(NOTE, text(5))]);
    let codegen = ["codegen", "--out", "generated", "--json"];
    let check = [&codegen[..], &["--check"]].concat();
    let (code, printed) = place.run(&check);
    assert_eq!((code, &printed["written"]), (1, &json!(false)));
    assert_eq!(printed["differences"][0]["difference"], "missing");
    assert!(!place.path("generated").exists());
    assert_eq!(place.run(&codegen).0, 0);
    let same = json!({ "documents": 1, "written": false, "differences": [], "diagnostics": [] });
    assert_eq!(place.run(&check), (0, same));

    place.put(
        NOTE,
        &json!({ "note": { "type": "array", "items": { "type": "ref", "ref": "#x" } } }),
    );
    let (code, printed) = place.run(&codegen);
    assert_eq!(
        (code, &printed["diagnostics"][0]["rule"]),
        (1, &json!("unresolved-ref"))
    );
    assert_eq!(printed["diagnostics"][0]["pointer"], "/defs/note/items/ref");
    assert_eq!(
        printed["diagnostics"][0]["file"],
        format!("lexicons/{NOTE}.json")
    );
    // The earlier code stays.
    place.put(NOTE, &text(5));
    assert_eq!(place.run(&check).0, 0);
    assert_eq!(place.run(&["codegen", "--lexicons", "nowhere"]).0, 2);
    fs::create_dir(place.path("empty")).unwrap();
    assert_eq!(place.run(&["codegen", "--lexicons", "empty"]).0, 2);
}

#[test]
fn lint_reports_and_the_settings_allow() {
    let place = Place::new(&[(NOTE, text(5))]);
    assert_eq!(place.run(&["lint", "--json"]), (0, json!([])));
    let object = json!({ "type": "object", "properties": { "x": { "type": "object" } } });
    place.put(NOTE, &json!({ "note": object, "raw": { "type": "bytes" } }));
    let (code, printed) = place.run(&["lint", "--json"]);
    assert_eq!(code, 1);
    assert_eq!(printed[0]["rule"], "unconstrained-object");
    assert_eq!(printed[0]["level"], "error");
    assert_eq!(printed[1]["pointer"], "/defs/raw");
    let (_, printed) = place.run(&["lint"]);
    let line = format!("warning: lexicons/{NOTE}.json#/defs/raw: unbounded-bytes: ");
    assert!(printed.as_str().unwrap().contains(&line), "{printed}");

    let allow = |lint: &str, what: &str, reason: &str| {
        format!("[[lint.allow]]\nlint = \"{lint}\"\nwhat = \"{what}\"\nreason = \"{reason}\"\n")
    };
    let free = allow(
        "unconstrained-object",
        "com.example.*",
        "It is what users send.",
    );
    let raw = allow(
        "unbounded-bytes",
        &format!("{NOTE}#/defs/raw"),
        "Bounded elsewhere.",
    );
    place.write("lexicon.toml", &format!("{free}{raw}"));
    assert_eq!(place.run(&["lint", "--json"]), (0, json!([])));
    for (entry, rule) in [
        (
            allow("field-name", "com.example.*", "None is left."),
            "stale-allow",
        ),
        (allow("unbounded-bytes", NOTE, " "), "no-reason"),
        (allow("tidy", NOTE, "No such rule."), "no-such-lint"),
        (
            allow("unresolved-ref", NOTE, "Cannot be generated."),
            "no-such-lint",
        ),
    ] {
        place.write("lexicon.toml", &format!("{free}{raw}{entry}"));
        let (code, printed) = place.run(&["lint", "--json"]);
        assert_eq!(
            (code, &printed[0]["rule"], &printed[1]),
            (1, &json!(rule), &Value::Null)
        );
    }
    place.write("lexicon.toml", "[[lint.allow]]\nlnt = 1\n");
    assert_eq!(place.run(&["lint"]).0, 2);
    assert_eq!(place.run(&["lint", "nowhere"]).0, 2);

    let (code, list) = place.run(&["lint", "--list", "--json"]);
    let first = json!(["json", "error"]);
    assert_eq!(
        (code, json!([list[0]["name"], list[0]["level"]])),
        (0, first)
    );
}

#[test]
fn cid_and_validate_answer_in_json_too() {
    let place = Place::new(&[(NOTE, text(5))]);
    place.write("bad.json", "[]");
    let file = format!("lexicons/{NOTE}.json");
    let (code, printed) = place.run(&["cid", "--json", &file, "bad.json"]);
    assert_eq!((code, &printed[0]["nsid"]), (1, &json!(NOTE)));
    assert!(printed[0]["cid"].as_str().unwrap().starts_with("bafyrei"));
    assert_eq!(printed[1]["error"], "bad.json: expected a JSON object");
    assert_eq!(place.run(&["cid", &file]).0, 0);
    // The CID is that of the data: neither a byte order mark nor how a number is written counts.
    let document = fs::read_to_string(place.path(&file)).unwrap();
    let marked = document.replace(":5,", ":5.0,").replace(":1}", ":1e0}");
    assert_ne!(marked, document);
    place.write("marked.json", &format!("\u{feff}{marked}"));
    let (code, both) = place.run(&["cid", "--json", &file, "marked.json"]);
    assert_eq!((code, &both[0]["cid"]), (0, &both[1]["cid"]));

    place.write("value.json", "\"too long\"");
    let name = format!("{NOTE}#note");
    let (code, printed) = place.run(&["validate", "--json", &name, "value.json"]);
    assert_eq!(
        (code, &printed["violations"][0]["place"]),
        (1, &json!("value"))
    );
    assert_eq!(
        place
            .run(&["validate", &format!("{NOTE}#x"), "value.json"])
            .0,
        2
    );
}

#[test]
fn openapi_is_written_checked_and_printed() {
    // A document without a method is none of those that are described.
    let place = Place::new(&[(NOTE, text(5))]);
    let query = |name: &str| json!({ "main": { "type": "query", "errors": [{ "name": name }] } });
    place.put("com.example.getTime", &query("NoTime"));
    place.put(
        "com.example.bad",
        &json!({ "main": { "type": "query", "output": 1 } }),
    );
    let (code, printed) = place.run(&["openapi"]);
    assert_eq!(code, 1, "an invalid document is left out, and reported");
    let document: Value = serde_json::from_str(printed.as_str().unwrap()).unwrap();
    assert_eq!(document["paths"].as_object().unwrap().len(), 1);
    fs::remove_file(place.path("lexicons/com.example.bad.json")).unwrap();

    let settings = "[openapi]\nout = \"api.json\"\nerror-status = { NoTime = 404 }\n";
    place.write("lexicon.toml", settings);
    assert_eq!(place.run(&["openapi", "--check"]).0, 1);
    assert!(!place.path("api.json").exists());
    assert_eq!(place.run(&["openapi"]).0, 0);
    assert_eq!(place.run(&["openapi", "--check"]).0, 0);
    let written = fs::read_to_string(place.path("api.json")).unwrap();
    let written: Value = serde_json::from_str(&written).unwrap();
    let responses = &written["paths"]["/xrpc/com.example.getTime"]["get"]["responses"];
    assert!(responses["404"].is_object(), "{responses}");
    place.put("com.example.getTime", &query("NoClock"));
    assert_eq!(place.run(&["openapi", "--check"]).0, 1);

    // Those of the other directory are known, and not described.
    fs::create_dir(place.path("other")).unwrap();
    let other = json!({ "lexicon": 1, "id": "com.example.other", "defs": query("No") });
    place.write("other/other.json", &other.to_string());
    assert_eq!(
        place
            .run(&["openapi", "--with", "other", "--out", "both.json"])
            .0,
        0
    );
    let both = fs::read_to_string(place.path("both.json")).unwrap();
    assert!(!both.contains("com.example.other"), "{both}");

    for (settings, status) in [
        ("[openapi]\nmethods = [\"com.example.none\"]\n", 1),
        ("[openapi]\nout-file = \"api.json\"\n", 2),
    ] {
        place.write("lexicon.toml", settings);
        assert_eq!(place.run(&["openapi"]).0, status, "{settings}");
    }
}

#[test]
fn json_schema_prints_one_definition_or_all() {
    let place = Place::new(&[(NOTE, text(5))]);
    let name = format!("{NOTE}_note");
    for arguments in [
        &["json-schema"][..],
        &["json-schema", "com.example.defs#note"],
    ] {
        let (code, printed) = place.run(arguments);
        let schema: Value = serde_json::from_str(printed.as_str().unwrap()).unwrap();
        assert_eq!((code, &schema["$defs"][&name]["maxLength"]), (0, &json!(5)));
    }
    assert_eq!(place.run(&["json-schema", "com.example.defs#other"]).0, 2);
}
