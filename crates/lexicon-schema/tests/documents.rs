//! Documents: what is read, what is refused and where, what references mean, CIDs.
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::Write;
use std::path::Path;

use lexicon_schema::model::{DefKind, Type};
use lexicon_schema::{Loaded, cid};
use serde_json::{Value, json};

/// Loads one document from its definitions; what is wrong with it, one a line.
fn faults(defs: &Value) -> Vec<String> {
    let document = json!({ "lexicon": 1, "id": "com.example.thing", "defs": defs });
    let mut loaded = Loaded::default();
    loaded.add(Path::new("thing.json"), &document.to_string());
    let mut diagnostics = loaded.diagnostics;
    diagnostics.extend(loaded.catalog.check_references());
    diagnostics
        .iter()
        .map(|d| format!("{} {}", d.pointer, d.rule))
        .collect()
}

#[test]
fn faults_are_reported_with_their_place() {
    let object = json!({ "type": "object", "properties": {} });
    for (defs, expected) in [
        (json!({ "a": object }), vec![]),
        (json!({}), vec!["/defs no-defs"]),
        (json!({ "a-b": object, "a_0": object }), vec![]),
        (json!({ "a.b": object }), vec!["/defs/a.b def-name"]),
        (json!({ "_a": object }), vec!["/defs/_a def-name"]),
        (json!({ "0": object }), vec!["/defs/0 def-name"]),
        (json!({ "": object }), vec!["/defs/ def-name"]),
        (json!({ "a": {} }), vec!["/defs/a missing"]),
        (json!({ "a": 1 }), vec!["/defs/a json-type"]),
        (
            json!({ "a": { "type": "number" } }),
            vec!["/defs/a/type number-type"],
        ),
        (
            json!({ "a": { "type": "ref", "ref": "#a" } }),
            vec!["/defs/a def-type"],
        ),
        (
            json!({ "a": { "type": "query" } }),
            vec!["/defs/a primary-def"],
        ),
        (
            json!({ "main": { "type": "query", "input": { "encoding": "x/y" } } }),
            vec!["/defs/main/input query-input"],
        ),
        (
            json!({ "a": { "type": "object", "required": ["x"], "nullable": ["y"], "properties": {} } }),
            vec![
                "/defs/a/required/0 no-such-property",
                "/defs/a/nullable/0 no-such-property",
            ],
        ),
        (
            json!({ "a": { "type": "string", "maxLength": -1, "format": "email" } }),
            vec![
                "/defs/a/format unknown-format",
                "/defs/a/maxLength json-type",
            ],
        ),
        (
            json!({ "a": { "type": "array", "items": { "type": "ref", "ref": "#b" } } }),
            vec!["/defs/a/items/ref unresolved-ref"],
        ),
        (
            json!({ "a": { "type": "object", "properties": { "u/v": { "type": "union", "refs": ["#a", "com.example.other"] } } } }),
            vec!["/defs/a/properties/u~1v/refs/1 unresolved-ref"],
        ),
        (
            json!({ "main": { "type": "query", "parameters": { "type": "params", "properties": { "p": { "type": "object" } } } } }),
            vec!["/defs/main/parameters/properties/p param-type"],
        ),
        (
            json!({ "main": { "type": "procedure" }, "a": { "type": "array", "items": { "type": "ref", "ref": "#main" } } }),
            vec!["/defs/a/items/ref ref-target"],
        ),
    ] {
        let mut found = faults(&defs);
        let mut expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{defs}");
    }
}

#[test]
fn a_document_that_is_none() {
    for (text, rule) in [
        ("", "json"),
        ("{", "json"),
        (r#"{"lexicon":1}"#, "missing"),
        (r#"{"lexicon":1,"id":"thing","defs":{}}"#, "nsid"),
        (
            r#"{"lexicon":2,"id":"a.b.c","defs":{"x":{"type":"token"}}}"#,
            "version",
        ),
        (r#"{"lexicon":1,"id":"a.b.c","id":"a.b.c"}"#, "json"),
    ] {
        let mut loaded = Loaded::default();
        loaded.add(Path::new("thing.json"), text);
        let rules: Vec<_> = loaded.diagnostics.iter().map(|d| d.rule).collect();
        assert!(rules.contains(&rule), "{text}: {rules:?}");
        assert_eq!(loaded.catalog.documents().count(), 0);
    }
}

#[test]
fn an_nsid_is_defined_once_and_a_bad_document_stops_no_other() {
    let text = r#"{"lexicon":1,"id":"a.b.c","defs":{"x":{"type":"token"}}}"#;
    let mut loaded = Loaded::default();
    loaded.add(Path::new("one.json"), text);
    loaded.add(Path::new("two.json"), &text.replace("token", "boolean"));
    loaded.add(Path::new("bad.json"), "{");
    loaded.add(Path::new("three.json"), &text.replace("a.b.c", "a.b.d"));
    let rules: Vec<_> = loaded.diagnostics.iter().map(|d| d.rule).collect();
    assert_eq!(rules, ["duplicate-document", "json"]);
    assert_eq!(loaded.catalog.documents().count(), 2);
}

/// Item 7: references of every form.
#[test]
fn references_of_every_form() {
    let mut loaded = Loaded::default();
    let one = r##"{"lexicon":1,"id":"a.b.one","defs":{"main":{"type":"object","properties":{}},"x":{"type":"token"}}}"##;
    let two = r##"{"lexicon":1,"id":"a.b.two","defs":{"x":{"type":"string"}}}"##;
    loaded.add(Path::new("one.json"), one);
    loaded.add(Path::new("two.json"), two);
    let catalog = &loaded.catalog;
    let two = catalog.get("a.b.two").unwrap();
    for (reference, expected) in [
        ("#x", Some("a.b.two#x")),
        ("a.b.two#x", Some("a.b.two#x")),
        ("a.b.one", Some("a.b.one")),
        ("a.b.one#main", Some("a.b.one")),
        ("a.b.one#x", Some("a.b.one#x")),
        ("#main", None),
        ("a.b.two", None),
        ("a.b.three", None),
        ("x", None),
        ("#", None),
        ("", None),
    ] {
        let found = catalog
            .resolve(two, reference)
            .map(|target| target.type_name());
        assert_eq!(found.as_deref(), expected, "{reference}");
    }
}

#[test]
fn required_members_come_first_in_their_own_order() {
    let document = json!({ "lexicon": 1, "id": "a.b.c", "defs": { "main": {
        "type": "object",
        "required": ["z", "m"],
        "properties": {
            "b": { "type": "string" }, "m": { "type": "string" },
            "a": { "type": "string" }, "z": { "type": "string" }
        }
    } } });
    let mut loaded = Loaded::default();
    loaded.add(Path::new("c.json"), &document.to_string());
    let def = &loaded.catalog.get("a.b.c").unwrap().defs["main"];
    let DefKind::Type(schema) = &def.kind else {
        panic!("{def:?}")
    };
    let Type::Object(object) = &schema.kind else {
        panic!("{schema:?}")
    };
    let names: Vec<_> = object.properties.iter().map(|p| &p.name[..]).collect();
    assert_eq!(names, ["z", "m", "a", "b"]);
}

/// The CIDs under which the two given documents are published, of an independent implementation.
#[test]
fn published_cids() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lexicons/dev/cocore/account");
    let read = |name: &str| {
        let bytes = std::fs::read(dir.join(name)).unwrap();
        lexicon_schema::json::parse(&bytes).unwrap()
    };
    let create = read("createApiKey.json");
    let delete = read("deleteApiKey.json");
    assert_eq!(
        cid::of_lexicon(create.as_object().unwrap()).unwrap(),
        "bafyreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm"
    );
    assert_eq!(
        cid::of_value(&create).unwrap(),
        "bafyreidxzppxpzm2oyw7brz2r2eoxhn3vgjhobqh4vmvrmx4nublorkkdm"
    );
    assert_eq!(
        cid::of_lexicon(delete.as_object().unwrap()).unwrap(),
        "bafyreiczcjki46rzapxyx443tvig2os6jx433golgm55kr7ran2xp7tlnm"
    );
    let mut record = create.as_object().unwrap().clone();
    record.insert("$type".to_owned(), "com.atproto.lexicon.schema".into());
    assert_eq!(
        lexicon_runtime::dag_cbor::write(&Value::Object(record))
            .unwrap()
            .len(),
        1243
    );
}

#[test]
fn what_refers_to_an_invalid_document_is_invalid_with_the_reason() {
    let document = |nsid: &str, reference: &str| {
        json!({ "lexicon": 1, "id": nsid, "defs": { "main": {
            "type": "array", "items": { "type": "ref", "ref": reference }
        } } })
        .to_string()
    };
    let mut loaded = Loaded::default();
    for (nsid, reference) in [
        ("a.b.good", "a.b.good"),
        ("a.b.bad", "a.b.nowhere#x"),
        ("a.b.first", "a.b.bad"),
        ("a.b.second", "a.b.first"),
    ] {
        loaded.add(
            Path::new(&format!("{nsid}.json")),
            &document(nsid, reference),
        );
    }
    let diagnostics = loaded.catalog.prune();
    let left: Vec<_> = loaded
        .catalog
        .documents()
        .map(|d| d.nsid.to_string())
        .collect();
    assert_eq!(left, ["a.b.good"]);
    let messages: Vec<_> = diagnostics.iter().map(|d| &d.message[..]).collect();
    let missing = "`a.b.nowhere#x` is not defined: there is no document a.b.nowhere";
    assert_eq!(messages[0], missing);
    assert!(messages[1].starts_with("`a.b.bad` is in an invalid document: a.b.bad.json#/defs"));
    assert!(messages[2].starts_with("`a.b.first` is in an invalid document: a.b.bad.json#/defs"));
}

/// The official documents, from the folder that `COCORE_INTEROP` names: all are read, and values made
/// up for the definitions of the catalog are what these ask for.
#[test]
fn interop_documents_are_read() {
    let Some(dir) = std::env::var_os("COCORE_INTEROP") else {
        // Tests' own output is captured, except what is written in this way.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: COCORE_INTEROP names no folder of the interop vectors"
        );
        return;
    };
    let dir = Path::new(&dir).join("lexicon");
    let valid = std::fs::read_to_string(dir.join("lexicon-valid.json")).unwrap();
    let valid: Vec<Value> = serde_json::from_str(&valid).unwrap();
    for case in &valid {
        let mut loaded = Loaded::default();
        loaded.add(Path::new("case.json"), &case["lexicon"].to_string());
        assert_eq!(loaded.diagnostics, [], "{}", case["name"]);
    }
    let loaded = lexicon_schema::Catalog::load(&dir.join("catalog")).unwrap();
    assert_eq!(loaded.diagnostics, []);
    let mut tried = 0;
    for document in loaded.catalog.documents() {
        for name in document.defs.keys() {
            let definition = format!("{}#{name}", document.nsid);
            let mut sampler = lexicon_schema::sample::Sampler::new(&loaded.catalog, 1);
            if let Some(value) = sampler.part(document.nsid.as_str(), name, None) {
                let verdict = lexicon_schema::validate::definition(
                    &loaded.catalog,
                    &definition,
                    &value,
                    &Default::default(),
                );
                assert_eq!(
                    verdict,
                    lexicon_schema::validate::Verdict::Valid,
                    "{definition}: {value}"
                );
                tried += 1;
            }
        }
    }
    assert!(!valid.is_empty() && tried > 3, "{tried}");
}
