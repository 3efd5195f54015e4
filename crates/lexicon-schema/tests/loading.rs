//! Directories of lexicons: what is read, what is passed over, and how a document that cannot be used is
//! left out with what depends on it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use lexicon_schema::{Catalog, Diagnostic, Loaded};
use serde_json::{Value, json};
use tempfile::TempDir;

fn document(nsid: &str, defs: &Value) -> String {
    json!({ "lexicon": 1, "id": nsid, "defs": defs }).to_string()
}

fn token() -> Value {
    json!({ "main": { "type": "token" } })
}

/// An object that refers to `reference`.
fn referring(reference: &str) -> Value {
    let property = json!({ "type": "ref", "ref": reference });
    json!({ "main": { "type": "object", "properties": { "p": property } } })
}

fn write(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn nsids(catalog: &Catalog) -> Vec<&str> {
    let documents = catalog.documents();
    documents.map(|document| document.nsid.as_str()).collect()
}

fn lines(found: &[Diagnostic]) -> Vec<String> {
    let lines = found
        .iter()
        .map(|found| format!("{}#{} {}", found.file.display(), found.pointer, found.rule));
    lines.collect()
}

#[test]
fn files_of_other_tools_are_passed_over() {
    let dir = TempDir::new().unwrap();
    write(
        dir.path(),
        "a/one.json",
        &document("com.example.one", &token()),
    );
    write(
        dir.path(),
        "a/two.JSON",
        &document("com.example.two", &token()),
    );
    let with_mark = format!("\u{feff}{}", document("com.example.three", &token()));
    write(dir.path(), "three.json", &with_mark);
    write(
        dir.path(),
        "package.json",
        r#"{ "name": "lexicons", "version": "1.0.0" }"#,
    );
    write(dir.path(), "a/list.json", "[]");
    write(dir.path(), "readme.md", "{");
    write(
        dir.path(),
        "undeclared.json",
        r#"{ "id": "com.example.four", "defs": {} }"#,
    );
    let loaded = Catalog::load(dir.path()).unwrap();
    let expected = ["com.example.one", "com.example.three", "com.example.two"];
    assert_eq!(nsids(&loaded.catalog), expected);
    assert_eq!(
        loaded.skipped,
        [Path::new("a/list.json"), Path::new("package.json")]
    );
    let expected = [
        "undeclared.json#/lexicon version",
        "undeclared.json#/defs no-defs",
    ];
    assert_eq!(lines(&loaded.diagnostics), expected);
    let three = loaded.catalog.get("com.example.three").unwrap();
    assert!(
        three.source.starts_with('{'),
        "embedded JSON has no byte order mark"
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_name_their_file_when_they_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let dir = TempDir::new().unwrap();
    let elsewhere = TempDir::new().unwrap();
    write(
        elsewhere.path(),
        "two.json",
        &document("com.example.two", &token()),
    );
    write(
        dir.path(),
        "a/one.json",
        &document("com.example.one", &token()),
    );
    symlink(elsewhere.path(), dir.path().join("a/linked")).unwrap();
    symlink(dir.path(), dir.path().join("a/cycle")).unwrap();
    symlink(elsewhere.path(), elsewhere.path().join("again")).unwrap();
    symlink("one.json", dir.path().join("a/same.json")).unwrap();
    symlink("nowhere.json", dir.path().join("a/gone.json")).unwrap();
    symlink("loop.json", dir.path().join("loop.json")).unwrap();
    let loaded = Catalog::load(dir.path()).unwrap();
    assert_eq!(
        nsids(&loaded.catalog),
        ["com.example.one", "com.example.two"]
    );
    let one = loaded.catalog.get("com.example.one").unwrap();
    assert_eq!(one.file, Path::new("a/one.json"));
    let mut found = lines(&loaded.diagnostics);
    found.sort();
    assert_eq!(found, ["a/gone.json# unreadable", "loop.json# unreadable"]);
    assert!(
        loaded
            .diagnostics
            .iter()
            .any(|found| found.message.contains("leads nowhere"))
    );
    assert!(Catalog::load(&dir.path().join("absent")).is_err());
}

#[test]
fn a_directory_can_be_left_out() {
    let dir = TempDir::new().unwrap();
    write(
        dir.path(),
        "one.json",
        &document("com.example.one", &token()),
    );
    let changed = document("com.example.one", &json!({ "a": { "type": "token" } }));
    write(dir.path(), "src/generated/one.json", &changed);
    let out = dir.path().join("src/generated");
    let loaded = Loaded::read(dir.path(), Path::new(""), &|dir| dir == out).unwrap();
    assert_eq!(loaded.diagnostics, []);
    let loaded = Loaded::read(dir.path(), Path::new(""), &|_| false).unwrap();
    assert_eq!(
        lines(&loaded.diagnostics),
        ["src/generated/one.json#/id duplicate-document"]
    );
}

#[test]
fn the_same_document_found_twice_is_one() {
    let text = document("com.example.one", &token());
    let published = r#"{ "$type": "com.atproto.lexicon.schema", "id": "com.example.one",
        "lexicon": 1.0, "defs": { "main": { "type": "token" } } }"#;
    let mut loaded = Loaded::default();
    loaded.add(Path::new("one.json"), &text);
    loaded.add(Path::new("copy.json"), &text);
    loaded.add(Path::new("published.json"), published);
    let mut other = Loaded::default();
    other.add(Path::new("other.json"), &text);
    loaded.extend(other);
    assert_eq!(loaded.diagnostics, []);
    let file = &loaded.catalog.get("com.example.one").unwrap().file;
    assert_eq!(file, Path::new("one.json"));
    loaded.add(Path::new("changed.json"), &text.replace("token", "boolean"));
    assert_eq!(
        lines(&loaded.diagnostics),
        ["changed.json#/id duplicate-document"]
    );
}

#[test]
fn integers_are_read_by_their_value() {
    for (number, legal) in [
        ("123.0", true),
        ("1e3", true),
        ("-0", true),
        ("12.5", false),
        ("1e-1", false),
        ("1e300", false),
    ] {
        let text = document("com.example.one", &json!({ "a": { "type": "integer" } }));
        let text = text.replace(
            "\"integer\"",
            &format!("\"integer\", \"maximum\": {number}"),
        );
        let mut loaded = Loaded::default();
        loaded.add(Path::new("one.json"), &text);
        let expected: &[_] = if legal {
            &[]
        } else {
            &["one.json#/defs/a/maximum json-type"]
        };
        assert_eq!(lines(&loaded.diagnostics), expected, "{number}");
        let value = lexicon_schema::json::parse(text.as_bytes()).unwrap();
        let cid = lexicon_schema::cid::of_lexicon(value.as_object().unwrap());
        assert_eq!(cid.is_ok(), legal, "{number}");
    }
    let cid = |text: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        lexicon_schema::cid::of_lexicon(value.as_object().unwrap()).unwrap()
    };
    assert_eq!(cid(r#"{ "a": [1000, 0] }"#), cid(r#"{ "a": [1e3, -0.0] }"#));
}

#[test]
fn what_depends_on_a_refused_document_is_left_out_with_the_reason() {
    let mut loaded = Loaded::default();
    let mut add = |name: &str, defs: &Value| {
        let nsid = format!("com.example.{name}");
        loaded.add(Path::new(&format!("{name}.json")), &document(&nsid, defs));
    };
    add("good", &token());
    add("bad", &json!({ "main": { "type": "from-the-future" } }));
    add("first", &referring("com.example.bad"));
    add("second", &referring("com.example.first"));
    add("missing", &referring("com.example.nowhere"));
    add("third", &referring("com.example.missing"));
    // A cycle from which a refused document is reached.
    add("left", &referring("com.example.right"));
    let mut right = referring("com.example.left");
    right["main"]["properties"]["q"] = json!({ "type": "ref", "ref": "com.example.second" });
    add("right", &right);
    // A cycle that needs nothing.
    add("here", &referring("com.example.there"));
    add("there", &referring("com.example.here"));
    assert_eq!(
        lines(&loaded.diagnostics),
        ["bad.json#/defs/main/type unknown-type"]
    );

    let found = loaded.catalog.prune();
    assert_eq!(
        nsids(&loaded.catalog),
        ["com.example.good", "com.example.here", "com.example.there"]
    );
    assert_eq!(loaded.catalog.check_references(), []);
    let mut sorted = lines(&found);
    sorted.sort();
    let at = "#/defs/main/properties";
    let expected = [
        format!("first.json{at}/p/ref refused-ref"),
        format!("left.json{at}/p/ref refused-ref"),
        format!("missing.json{at}/p/ref unresolved-ref"),
        format!("right.json{at}/q/ref refused-ref"),
        format!("second.json{at}/p/ref refused-ref"),
        format!("third.json{at}/p/ref refused-ref"),
    ];
    assert_eq!(sorted, expected);
    for found in found {
        let origin = match found.file.to_str() {
            Some("missing.json") => continue,
            Some("third.json") => "missing.json#/defs/main/properties/p/ref: unresolved-ref",
            _ => "bad.json#/defs/main/type: unknown-type",
        };
        assert!(found.message.contains(origin), "{found}");
    }
    // What is added later and refers to one of them is known to be unusable too.
    loaded.add(
        Path::new("late.json"),
        &document("com.example.late", &referring("com.example.second")),
    );
    assert_eq!(
        lines(&loaded.catalog.prune()),
        [format!("late.json{at}/p/ref refused-ref")]
    );
}

#[test]
fn a_document_can_be_refused_afterwards() {
    let mut loaded = Loaded::default();
    for (name, defs) in [("one", token()), ("two", referring("com.example.one"))] {
        let nsid = format!("com.example.{name}");
        loaded.add(Path::new(&format!("{name}.json")), &document(&nsid, &defs));
    }
    let mut catalog = loaded.catalog;
    let mut found = catalog.check_references();
    assert_eq!(found, []);
    let mut other = Loaded::default();
    other.add(Path::new("one.json"), "{");
    found.extend(other.diagnostics);
    catalog.refuse(&found);
    assert_eq!(nsids(&catalog), ["com.example.two"]);
    let at = "two.json#/defs/main/properties/p/ref refused-ref";
    assert_eq!(lines(&catalog.prune()), [at]);
    assert_eq!(nsids(&catalog), [""; 0]);
}

/// Each document refers to the next one, and the last one to nothing that exists. Every reason names that
/// fault, rather than all the documents on the way to it.
#[test]
fn a_reason_is_as_short_for_the_last_document_as_for_the_first() {
    const DOCUMENTS: usize = 3000;
    let mut loaded = Loaded::default();
    for index in 0..DOCUMENTS {
        let nsid = format!("com.example.document{index}");
        let next = referring(&format!("com.example.document{}", index + 1));
        loaded.add(Path::new(&format!("{index}.json")), &document(&nsid, &next));
    }
    let found = loaded.catalog.prune();
    assert_eq!(found.len(), DOCUMENTS);
    assert_eq!(nsids(&loaded.catalog), [""; 0]);
    let longest = found.iter().map(|found| found.message.len()).max();
    assert!(longest < Some(300), "{longest:?}");
}
