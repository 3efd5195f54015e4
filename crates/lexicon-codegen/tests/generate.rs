//! Generated code: names that never clash, the same on every run.
//! Items are those of the list of what this generator gets right: `docs/generator.md`.
//! That it compiles and checks is tested where it is compiled: in `cocore-lexicon` and by
//! `lexicon conformance`.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{assert_has, catalog, files};
use lexicon_codegen::{Config, PREAMBLE, generate_file};
use serde_json::{Value, json};

/// One document's module.
fn module(defs: Value) -> String {
    let files = files(&[("com.example.thing", defs)], "").unwrap();
    files["com/example/thing.rs"].clone()
}

/// Item 6: an NSID may be a prefix of another.
#[test]
fn a_file_for_each_step_and_each_document() {
    let object = json!({ "main": { "type": "object", "properties": {} } });
    // The first NSID is a prefix of the second.
    let documents = [
        ("com.example.repo", object.clone()),
        ("com.example.repo.issue", object),
    ];
    let files = files(&documents, "").unwrap();
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "com.rs",
            "com/example.rs",
            "com/example/repo.json",
            "com/example/repo.rs",
            "com/example/repo/issue.json",
            "com/example/repo/issue.rs",
            "mod.rs",
        ]
    );
    assert_has(
        &files["com/example/repo.rs"],
        &["pub mod issue;", "pub struct Repo {"],
    );
    for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".rs")) {
        assert!(text.starts_with(PREAMBLE), "{name}");
    }
}

/// Item 3: null, absent and required.
#[test]
fn null_absent_and_required_are_three_things() {
    let code = module(json!({ "main": {
        "type": "object", "required": ["a", "b"], "nullable": ["b", "d"],
        "properties": {
            "a": { "type": "integer" }, "b": { "type": "integer" },
            "c": { "type": "integer" }, "d": { "type": "integer" }
        }
    } }));
    assert_has(
        &code,
        &[
            "pub a: i64 = required(\"a\", ",
            "pub b: Option<i64> = required_nullable(\"b\", ",
            "pub c: Option<i64> = optional(\"c\", ",
            "pub d: Option<Option<i64>> = optional_nullable(\"d\", ",
            "    fn new(a: i64, b: Option<i64>);",
        ],
    );
}

/// Item 1: inline objects and objects without properties are generated.
#[test]
fn inline_types_are_named_after_the_way_to_them() {
    let code = module(json!({ "main": { "type": "procedure", "input": {
        "encoding": "application/json",
        "schema": { "type": "object", "properties": {
            "priceCeiling": { "type": "object", "properties": { "amount": { "type": "integer" } } },
            "items": { "type": "array", "items": { "type": "object", "properties": { "x": { "type": "string" } } } },
            "free": { "type": "object" }
        } }
    } } }));
    assert_has(
        &code,
        &[
            "pub struct ThingInput {",
            "pub price_ceiling: Option<ThingInputPriceCeiling> =\n",
            "pub struct ThingInputPriceCeiling {",
            "pub items: Option<Vec<ThingInputItemsItem>> =\n",
            "pub free: Option<rt::UnknownObject> =",
        ],
    );
}

#[test]
fn only_what_holds_itself_is_boxed() {
    let code = module(json!({
        "main": { "type": "object", "properties": {
            "next": { "type": "ref", "ref": "#main" },
            "children": { "type": "array", "items": { "type": "ref", "ref": "#main" } },
            "leaf": { "type": "ref", "ref": "#leaf" }
        } },
        "leaf": { "type": "object", "properties": { "x": { "type": "string" } } }
    }));
    assert_has(
        &code,
        &[
            "pub next: Option<Box<Thing>> = ",
            "pub children: Option<Vec<Thing>> =\n",
            "pub leaf: Option<Leaf> = ",
        ],
    );
}

#[test]
fn a_description_cannot_be_anything_but_text() {
    let code = module(json!({ "main": {
        "type": "object",
        "description": "one\n\n    let indented = code;\n```\nfn fenced() {}\n```\n*/ \u{202e}reversed\r\u{0}",
        "properties": {}
    } }));
    assert_has(
        &code,
        &[
            "/// one",
            "/// let indented = code;",
            "/// fn fenced() {}",
            "/// */ reversed",
        ],
    );
    assert!(!code.contains("```") && !code.contains('\u{202e}') && !code.contains('\0'));
}

#[test]
fn parameters_have_their_defaults() {
    let code = module(json!({ "main": { "type": "query", "parameters": {
        "type": "params", "required": ["who"],
        "properties": {
            "who": { "type": "string", "format": "did" },
            "limit": { "type": "integer", "minimum": 1, "maximum": 100, "default": 50 },
            "sort": { "type": "string", "default": "asc" },
            "tags": { "type": "array", "items": { "type": "string" }, "maxLength": 3 }
        }
    } } }));
    assert_has(
        &code,
        &[
            "pub who: rt::Did = required(\"who\", |c, v| c.format(v, rt::Format::Did)),",
            "pub limit: i64 = default(\"limit\" = 50, |c, v| c.integer(v).range(1..=100).end()),",
            "pub sort: String = default(\"sort\" = \"asc\".to_owned(), rt::Checker::text),",
            "c.array(v, ..=3, rt::Checker::text)",
            "/// 1 to 100, default 50.",
        ],
    );
}

#[test]
fn the_same_on_every_run() {
    let documents = [
        (
            "com.example.a",
            json!({ "main": { "type": "query" }, "x": { "type": "token" } }),
        ),
        (
            "com.example.b",
            json!({ "main": { "type": "object", "properties": {
            "u": { "type": "union", "refs": ["#x", "#y"] }
        } }, "x": { "type": "object", "properties": {} }, "y": { "type": "object", "properties": {} } }),
        ),
    ];
    let first = files(&documents, "").unwrap();
    let mut reversed = documents.to_vec();
    reversed.reverse();
    for _ in 0..5 {
        assert_eq!(files(&reversed, "").unwrap(), first);
    }
}

/// Item 7: never an untyped value.
#[test]
fn a_reference_that_leads_nowhere_is_a_fault_with_its_place() {
    let documents = [(
        "com.example.thing",
        json!({ "main": { "type": "object", "properties": {
        "x": { "type": "ref", "ref": "com.example.other#y" }
    } } }),
    )];
    assert_eq!(
        files(&documents, "").unwrap_err(),
        [
            "com.example.thing.json#/defs/main/properties/x/ref: unresolved-ref: `com.example.other#y` is not defined: there is no document com.example.other"
        ]
    );
}

#[test]
fn one_file_has_the_same_code() {
    let query = json!({ "main": { "type": "query", "description": "A \"quoted\" one." } });
    let documents = [
        ("com.example.getOne", query.clone()),
        ("com.example.getOne.more", query),
    ];
    let catalog = catalog(&documents);
    let code = generate_file(&catalog, &Config::default()).unwrap();
    assert_has(
        &code,
        &[
            "pub mod get_one {",
            "pub mod more {",
            "mod service {",
            "use super::com::example::get_one::GetOne;",
            "self::com::example::get_one::more::LEXICON",
        ],
    );
    // What `include!` does not take.
    let file = syn::parse_file(&code).unwrap();
    assert!(file.attrs.is_empty());
    assert!(!code.contains("include_str"));
    for document in catalog.documents() {
        let literal = format!("{:?}", document.source);
        assert_has(&code, &[&literal]);
    }
}

/// A description is text, also where it has the mark by which the generator finds its tables.
#[test]
fn a_description_is_no_table() {
    let code = module(json!({
        "a": { "type": "token", "description": "__table! { \"a\" }" },
        "b": { "type": "object", "description": "__table! { \"b\" }", "properties": {} },
    }));
    assert_has(&code, &["/// __table! { \"a\" }", "/// __table! { \"b\" }"]);
    let catalog = catalog(&[(
        "com.example.thing",
        json!({ "a": { "type": "token", "description": "__table! { \"a\" }" } }),
    )]);
    let code = generate_file(&catalog, &Config::default()).unwrap();
    assert_has(&code, &[r#"__table! { \\\"a\\\" }"#]);
}
