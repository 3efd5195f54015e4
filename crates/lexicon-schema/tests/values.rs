//! The interpreted check of values: parts of methods, and records as a PDS checks them.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use lexicon_schema::validate::{self, Options, Part, Unresolved, Verdict};
use lexicon_schema::{Catalog, Loaded};
use serde_json::{Value, json};

fn catalog(documents: &[Value]) -> Catalog {
    let mut loaded = Loaded::default();
    for (index, document) in documents.iter().enumerate() {
        loaded.add(Path::new(&format!("{index}.json")), &document.to_string());
    }
    assert_eq!(loaded.diagnostics, []);
    loaded.catalog
}

fn document(nsid: &str, defs: Value) -> Value {
    json!({ "lexicon": 1, "id": nsid, "defs": defs })
}

/// A verdict as text: empty, the violations, or the reason in brackets.
fn text(verdict: Verdict) -> String {
    match verdict {
        Verdict::Valid => String::new(),
        Verdict::Invalid(violations) => violations.to_string(),
        Verdict::Unknown(reason) => format!("[{reason}]"),
    }
}

fn things() -> Catalog {
    let object = json!({ "type": "object", "properties": { "n": { "type": "integer" } } });
    let body = json!({ "encoding": "application/json", "schema": object });
    let record = |key: &str| {
        json!({ "main": { "type": "record", "key": key, "record": {
            "type": "object",
            "properties": {
                "at": { "type": "string", "format": "datetime" },
                "image": { "type": "blob" },
                "any": { "type": "unknown" },
                "list": { "type": "array", "items": {
                    "type": "union", "refs": ["#part", "a.b.missing", "a.b.missing#part"], "closed": true
                } }
            }
        } }, "part": object })
    };
    let params = json!({ "type": "params", "properties": { "n": { "type": "integer" } } });
    let union = json!({ "type": "union", "refs": ["#tick"] });
    catalog(&[
        document("a.b.any", record("any")),
        document("a.b.tid", record("tid")),
        document("a.b.nsid", record("nsid")),
        document("a.b.self", record("literal:self")),
        document("a.b.query", json!({ "main": { "type": "query" } })),
        document(
            "a.b.search",
            json!({ "main": { "type": "query", "parameters": params, "output": body } }),
        ),
        document(
            "a.b.put",
            json!({ "main": { "type": "procedure", "input": body, "output": { "encoding": "*/*" } } }),
        ),
        document(
            "a.b.list",
            json!({ "main": { "type": "query", "output": { "encoding": "application/json", "schema": {
                "type": "array", "maxLength": 1, "items": { "type": "integer" }
            } } } }),
        ),
        document(
            "a.b.ticks",
            json!({
                "main": { "type": "subscription", "parameters": params, "message": { "schema": union } },
                "tick": object
            }),
        ),
    ])
}

#[test]
fn parts() {
    let catalog = things();
    for (nsid, part, value, expected) in [
        ("a.b.search", Part::Params, json!({ "n": 1 }), ""),
        (
            "a.b.search",
            Part::Params,
            json!({ "n": "1" }),
            "params/n: expected an integer, found a string",
        ),
        ("a.b.query", Part::Params, json!({}), ""),
        (
            "a.b.query",
            Part::Params,
            json!("x"),
            "params: expected an object, found a string",
        ),
        (
            "a.b.query",
            Part::Params,
            json!({ "n": 1 }),
            "params: expected no parameters",
        ),
        (
            "a.b.query",
            Part::Input,
            json!({}),
            "[a.b.query declares no input]",
        ),
        (
            "a.b.query",
            Part::Output,
            json!({}),
            "[a.b.query declares no output]",
        ),
        (
            "a.b.query",
            Part::Message,
            json!({}),
            "[a.b.query is no subscription]",
        ),
        // The specification allows no such body, and what it means is known.
        ("a.b.list", Part::Output, json!([1]), ""),
        (
            "a.b.list",
            Part::Output,
            json!(["x"]),
            "output/0: expected an integer, found a string",
        ),
        (
            "a.b.list",
            Part::Output,
            json!({}),
            "output: expected an array, found an object",
        ),
        (
            "a.b.put",
            Part::Input,
            json!({ "n": true }),
            "input/n: expected an integer, found a boolean",
        ),
        ("a.b.put", Part::Output, json!([1.5]), ""),
        (
            "a.b.ticks",
            Part::Params,
            json!({ "n": true }),
            "params/n: expected an integer, found a boolean",
        ),
        (
            "a.b.ticks",
            Part::Message,
            json!({ "$type": "a.b.ticks#tick", "n": 1 }),
            "",
        ),
        (
            "a.b.ticks",
            Part::Message,
            json!({ "$type": "a.b.ticks#tick", "n": "1" }),
            "message/n: expected an integer, found a string",
        ),
        (
            "a.b.ticks",
            Part::Message,
            json!({ "n": 1 }),
            "message/$type: required, but missing",
        ),
        (
            "a.b.ticks",
            Part::Input,
            json!({}),
            "[a.b.ticks is a subscription, which has parameters and messages]",
        ),
        (
            "a.b.any",
            Part::Input,
            json!({}),
            "[a.b.any is neither a query, a procedure nor a subscription]",
        ),
        (
            "a.b.none",
            Part::Input,
            json!({}),
            "[there is no method a.b.none]",
        ),
    ] {
        let verdict = validate::part(&catalog, nsid, part, &value, &Options::default());
        assert_eq!(text(verdict), expected, "{nsid} {part:?} {value}");
    }
    // What a body may be where its schema describes nothing, its service decides.
    let value = json!({ "n": 1, "more": 1.5 });
    let mut options = Options::default();
    let check = |options: &Options| {
        text(validate::part(
            &catalog,
            "a.b.put",
            Part::Input,
            &value,
            options,
        ))
    };
    assert_eq!(
        check(&options),
        "input/more: expected an integer, found a number that is no integer"
    );
    options.check.data_model = false;
    assert_eq!(check(&options), "");
}

#[test]
fn records_as_a_pds_checks_them() {
    let catalog = things();
    let check = |nsid: &str, set: &dyn Fn(&mut Options), members: Value| {
        let mut record = json!({ "$type": nsid });
        record
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let mut options = Options::default();
        set(&mut options);
        text(validate::definition(&catalog, nsid, &record, &options))
    };
    for (nsid, rkey, expected) in [
        ("a.b.any", "x", ""),
        (
            "a.b.any",
            "a/b",
            "rkey: expected a record key: it consists of letters, digits and . _ : ~ -",
        ),
        ("a.b.any", "", "rkey: expected a record key: it is empty"),
        ("a.b.tid", "3kabcdefghij2", ""),
        (
            "a.b.tid",
            "self",
            "rkey: expected a TID: 13 characters of sortable base32: it has 13 characters",
        ),
        ("a.b.nsid", "com.example.thing", ""),
        (
            "a.b.nsid",
            "self",
            "rkey: expected an NSID such as com.example.getThing: it has at least three parts",
        ),
        ("a.b.self", "self", ""),
        ("a.b.self", "other", "rkey: expected \"self\""),
    ] {
        let found = check(
            nsid,
            &|options| options.rkey = Some(rkey.to_owned()),
            json!({}),
        );
        assert_eq!(found, expected, "{nsid} {rkey}");
    }
    let both = check(
        "a.b.self",
        &|options| options.rkey = Some("x".to_owned()),
        json!({ "any": 1 }),
    );
    assert_eq!(
        both,
        "rkey: expected \"self\"; value/any: expected an object, found a number"
    );
    let mut options = Options::default();
    options.rkey = Some("self".to_owned());
    let part = validate::definition(&catalog, "a.b.self#part", &json!({}), &options);
    assert_eq!(
        text(part),
        "[`a.b.self#part` is no record, and has no record key]"
    );

    let local = json!({ "at": "2023-01-31T23:59:59" });
    assert!(check("a.b.any", &|_| (), local.clone()).ends_with("the time zone is missing"));
    assert_eq!(
        check(
            "a.b.any",
            &|options| options.check.lenient_datetimes = true,
            local
        ),
        ""
    );
    let old = json!({ "image": { "cid": "bafkqaaaaa", "mimeType": "x/y" } });
    assert_eq!(
        check("a.b.any", &|_| (), old.clone())
            .matches("today")
            .count(),
        0
    );
    assert_eq!(
        check("a.b.any", &|options| options.check.write = true, old)
            .matches("today")
            .count(),
        1
    );
}

#[test]
fn definitions_that_are_missing() {
    let catalog = things();
    let accept = |options: &mut Options| options.unresolved = Unresolved::Accept;
    let list = |name: &str| json!({ "$type": "a.b.any", "list": [{ "$type": name, "n": "x" }] });
    for (name, value, reported, accepted) in [
        // Only what the value needs has to be there.
        (
            "a.b.any",
            list("a.b.any#part"),
            "value/list/0/n: expected an integer, found a string",
            "value/list/0/n: expected an integer, found a string",
        ),
        (
            "a.b.any",
            list("a.b.missing"),
            "[`a.b.missing` is not defined]",
            "",
        ),
        (
            "a.b.any",
            list("a.b.missing#part"),
            "[`a.b.missing#part` is not defined]",
            "",
        ),
        (
            "a.b.any",
            list("a.b.other"),
            "value/list/0/$type: expected one of a.b.any#part, a.b.missing, a.b.missing#part",
            "value/list/0/$type: expected one of a.b.any#part, a.b.missing, a.b.missing#part",
        ),
        (
            "a.b.none",
            json!({ "x": 1 }),
            "[there is no document a.b.none]",
            "",
        ),
        (
            "a.b.any#none",
            json!({ "x": 1 }),
            "[`a.b.any#none` is not defined]",
            "",
        ),
        (
            "a.b.none",
            json!({ "x": [1.5] }),
            "[there is no document a.b.none]",
            "value/x/0: expected an integer, found a number that is no integer",
        ),
        (
            "a.b.none",
            json!("x"),
            "[there is no document a.b.none]",
            "value: expected an object, found a string",
        ),
        (
            "a.b.none",
            json!({ "$type": "a.b.other" }),
            "[there is no document a.b.none]",
            "value/$type: expected a.b.none",
        ),
        (
            "a.b.none",
            json!({ "$type": "a.b.none" }),
            "[there is no document a.b.none]",
            "",
        ),
        (
            "a.b.query",
            json!({}),
            "[`a.b.query` is not a type of data]",
            "[`a.b.query` is not a type of data]",
        ),
    ] {
        let mut options = Options::default();
        assert_eq!(
            text(validate::definition(&catalog, name, &value, &options)),
            reported,
            "{name} {value}"
        );
        accept(&mut options);
        assert_eq!(
            text(validate::definition(&catalog, name, &value, &options)),
            accepted,
            "{name} {value}"
        );
    }
    let mut options = Options::default();
    accept(&mut options);
    for (rkey, expected) in [("self", ""), ("a/b", "rkey: "), (".", "rkey: ")] {
        options.rkey = Some(rkey.to_owned());
        let verdict = validate::definition(&catalog, "a.b.none", &json!({}), &options);
        assert!(
            text(verdict.clone()).starts_with(expected),
            "{rkey}: {verdict:?}"
        );
        assert_eq!(
            verdict == Verdict::Valid,
            expected.is_empty(),
            "{rkey}: {verdict:?}"
        );
    }
}
