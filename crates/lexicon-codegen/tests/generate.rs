//! Generated code: names that never clash, the same on every run, and what the configuration says.
//! Items are those of the list of what other generators get wrong: `docs/generator.md`.
//! That it compiles and checks is tested where it is compiled: in `cocore-lexicon` and by
//! `cargo xtask ci`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use lexicon_codegen::{Config, External, Files, PREAMBLE, generate};
use lexicon_schema::{Catalog, Loaded};
use serde_json::{Value, json};

fn catalog(documents: &[(&str, Value)]) -> Catalog {
    let mut loaded = Loaded::default();
    for (nsid, defs) in documents {
        let document = json!({ "lexicon": 1, "id": nsid, "defs": defs });
        loaded.add(Path::new(&format!("{nsid}.json")), &document.to_string());
    }
    assert_eq!(loaded.diagnostics, []);
    loaded.catalog
}

fn files(documents: &[(&str, Value)], config: &str) -> Result<Files, Vec<String>> {
    let config = Config::parse(config).unwrap();
    generate(&catalog(documents), &config)
        .map_err(|diagnostics| diagnostics.iter().map(ToString::to_string).collect())
}

/// One document's module.
fn module(defs: Value) -> String {
    let files = files(&[("com.example.thing", defs)], "").unwrap();
    files["com/example/thing.rs"].clone()
}

#[track_caller]
fn assert_has(code: &str, parts: &[&str]) {
    for part in parts {
        assert!(code.contains(part), "expected {part} in:\n{code}");
    }
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

/// Item 6: names never clash.
#[test]
fn fields_keep_apart_what_the_lexicon_keeps_apart() {
    let code = module(json!({ "main": { "type": "object", "properties": {
        "fooBar": { "type": "string" },
        "foo_bar": { "type": "string" },
        "type": { "type": "string" },
        "self": { "type": "string" },
        "30days": { "type": "boolean" },
        "all-rights-reserved": { "type": "boolean" }
    } } }));
    assert_has(
        &code,
        &[
            "pub foo_bar: Option<String>,",
            "pub foo_bar_2: Option<String>,",
            "#[serde(rename = \"foo_bar\")]",
            "pub r#type: Option<String>,",
            "pub self_: Option<String>,",
            "pub _30days: Option<bool>,",
            "pub all_rights_reserved: Option<bool>,",
            "#[serde(rename = \"all-rights-reserved\")]",
        ],
    );
}

/// Item 6: names never clash.
#[test]
fn types_never_hide_what_generated_code_uses() {
    let object = json!({ "type": "object", "properties": { "x": { "type": "string" } } });
    let code = module(json!({
        "main": object, "thing": object, "option": object, "result": object, "string": object, "vec": object
    }));
    assert_has(
        &code,
        &[
            "pub struct Thing {",
            "pub struct ThingDef {",
            "pub struct OptionDef {",
            "pub struct ResultDef {",
            "pub struct StringDef {",
            "pub struct VecDef {",
            "pub x: Option<String>,",
        ],
    );
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
            "pub a: i64,",
            "pub b: Option<i64>,",
            "pub c: Option<i64>,",
            "pub d: Option<Option<i64>>,",
            "pub fn new(a: i64, b: Option<i64>) -> Self {",
            "c.required(o, \"a\",",
            "c.required_nullable(o, \"b\",",
            "c.optional(o, \"c\",",
            "c.optional_nullable(o, \"d\",",
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
            "pub price_ceiling: Option<ThingInputPriceCeiling>,",
            "pub struct ThingInputPriceCeiling {",
            "pub items: Option<Vec<ThingInputItemsItem>>,",
            "pub free: Option<rt::UnknownObject>,",
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
            "pub next: Option<Box<Thing>>,",
            "pub children: Option<Vec<Thing>>,",
            "pub leaf: Option<Leaf>,",
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
            "pub who: rt::Did,",
            "pub limit: i64,",
            "#[serde(default = \"rt::data::default_integer::<50>\")]",
            "pub sort: String,",
            "c.integer(v).range(1..=100).end()",
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

#[test]
fn the_service_holds_what_is_served() {
    let query = json!({ "main": { "type": "query" } });
    let documents = [
        ("com.example.getOne", query.clone()),
        ("com.example.getTwo", query.clone()),
        ("com.other.getOne", query),
        ("com.example.record", json!({ "main": { "type": "token" } })),
    ];
    let entry = |what: &str| format!("[[serve]]\nwhat = \"{what}\"\nreason = \"why\"\n");
    assert!(!files(&documents, "").unwrap().contains_key("service.rs"));
    let service = &files(&documents, &entry("com.example.*")).unwrap()["service.rs"];
    assert_has(
        service,
        &[
            "Handler<GetOne, C>",
            "Handler<GetTwo, C>",
            "router.add::<GetTwo>();",
        ],
    );
    assert!(!service.contains("com::other"));
    // Two methods of one name stay apart.
    let both = entry("com.example.*") + &entry("com.other.getOne");
    let service = &files(&documents, &both).unwrap()["service.rs"];
    assert_has(
        service,
        &["GetOne as GetOneDef;", "router.add::<GetOneDef>();"],
    );
}

#[test]
fn an_entry_that_fits_nothing_is_a_fault() {
    let documents = [(
        "com.example.thing",
        json!({ "main": { "type": "object", "properties": {
        "secret": { "type": "string" }, "number": { "type": "integer" }
    } } }),
    )];
    let pointer = "com.example.thing#/defs/main/properties";
    for (config, expected) in [
        (
            "[[serve]]\nwhat = 'com.example.*'\nreason = 'x'".to_owned(),
            "no-such-method",
        ),
        (
            format!("[[secret]]\nwhat = '{pointer}/number'\nreason = 'x'"),
            "no-such-field",
        ),
        (
            format!("[[secret]]\nwhat = '{pointer}/other'\nreason = 'x'"),
            "no-such-field",
        ),
        (
            format!("[[tolerate-null]]\nwhat = '{pointer}/other'\nreason = 'x'"),
            "no-such-field",
        ),
        (
            format!("[[secret]]\nwhat = '{pointer}/secret'\nreason = ' '"),
            "no-reason",
        ),
    ] {
        let found = files(&documents, &config).unwrap_err();
        assert!(found[0].contains(expected), "{config}: {found:?}");
        assert!(found[0].starts_with("codegen.toml#"), "{found:?}");
    }
    assert!(Config::parse("[[secrets]]\nwhat = ''\nreason = ''").is_err());
    let good = format!("[[secret]]\nwhat = '{pointer}/secret'\nreason = 'x'");
    let code = &files(&documents, &good).unwrap()["com/example/thing.rs"];
    assert_has(
        code,
        &[
            "pub secret: Option<rt::Secret>,",
            "#[derive(Clone, Debug, Default, Serialize, Deserialize)]",
        ],
    );
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
            "com.example.thing.json#/defs/main/properties/x/ref: unresolved-ref: `com.example.other#y` is not defined"
        ]
    );
}

#[test]
fn what_another_crate_has_is_referred_to() {
    let documents = [
        (
            "com.other.defs",
            json!({
                "thing": { "type": "object", "properties": {} },
                "name": { "type": "string", "maxLength": 3 }
            }),
        ),
        (
            "com.others.defs",
            json!({ "thing": { "type": "object", "properties": {} } }),
        ),
        (
            "com.example.thing",
            json!({ "main": { "type": "object", "properties": {
            "a": { "type": "ref", "ref": "com.other.defs#thing" },
            "b": { "type": "ref", "ref": "com.other.defs#name" },
            "c": { "type": "ref", "ref": "com.others.defs#thing" }
        } } }),
        ),
    ];
    let config = "[[external]]\nprefix = 'com.other'\npath = 'other::lexicons'";
    let files = files(&documents, config).unwrap();
    assert!(!files.contains_key("com/other/defs.rs"));
    // A prefix ends where a segment does.
    assert!(files.contains_key("com/others/defs.rs"));
    assert_has(
        &files["com/example/thing.rs"],
        &[
            "use other::lexicons::com::other::defs as other_defs;",
            "pub a: Option<other_defs::Thing>,",
            "pub b: Option<other_defs::Name>,",
            "other_defs::check_name",
            "use super::super::others::defs as others_defs;",
        ],
    );
    for text in [
        "com.other=other::lexicons",
        "com.other=crate",
        "com.other=::other",
    ] {
        assert!(text.parse::<External>().is_ok(), "{text}");
    }
    for text in ["", "com.other", "com.other=", "=other", "com.other=a b"] {
        assert!(text.parse::<External>().is_err(), "{text}");
    }
}
