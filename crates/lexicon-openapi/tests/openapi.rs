//! What OpenAPI and JSON Schema say of each part of the Lexicon language.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use lexicon_openapi::{Settings, json_schema, openapi};
use lexicon_schema::{Catalog, Loaded};
use serde_json::{Value, json};

fn catalog(documents: &[(&str, Value)]) -> Catalog {
    let mut loaded = Loaded::default();
    for (nsid, defs) in documents {
        let text = json!({ "lexicon": 1, "id": nsid, "defs": defs }).to_string();
        loaded.add(Path::new(&format!("{nsid}.json")), &text);
    }
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(loaded.catalog.prune(), []);
    loaded.catalog
}

const NSID: &str = "com.example.defs";

/// The schema of an object.
fn of_object(object: &Value) -> Value {
    let defs = json!({ "a": object, "b": with_member("b"), "c": with_member("c") });
    let catalog = catalog(&[(NSID, defs)]);
    let document = catalog.get(NSID).unwrap();
    let written = json_schema(&catalog, catalog.resolve(document, "#a"));
    assert_eq!(written["$ref"], "#/$defs/com.example.defs_a");
    written["$defs"]["com.example.defs_a"].clone()
}

/// The schema of a type, as a property of an object.
fn of_type(schema: &Value) -> Value {
    let object = json!({ "type": "object", "properties": { "x": schema } });
    of_object(&object)["properties"]["x"].clone()
}

fn with_member(name: &str) -> Value {
    json!({ "type": "object", "properties": { name: { "type": "boolean" } } })
}

const MAX_INTEGER: i64 = 9_007_199_254_740_991;

#[test]
fn types() {
    let link = json!({
        "type": "object",
        "properties": {
            "$link": { "type": "string", "format": "cid", "pattern": "^b[a-z2-7]{7,255}$" },
        },
        "required": ["$link"],
        "additionalProperties": false,
    });
    for (lexicon, expected) in [
        (
            json!({ "type": "boolean", "default": false }),
            json!({ "type": "boolean", "default": false }),
        ),
        (
            json!({ "type": "boolean", "const": true, "description": "Deprecated: say no." }),
            json!({
                "type": "boolean", "const": true, "description": "Deprecated: say no.",
                "deprecated": true,
            }),
        ),
        (
            json!({ "type": "integer", "minimum": 0, "default": 0 }),
            json!({
                "type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_INTEGER,
                "default": 0,
            }),
        ),
        (
            json!({ "type": "integer", "enum": [1, 2] }),
            json!({
                "type": "integer", "format": "int64", "minimum": -MAX_INTEGER,
                "maximum": MAX_INTEGER, "enum": [1, 2],
            }),
        ),
        (
            // A code point has at most four bytes.
            json!({ "type": "string", "minLength": 5, "maxLength": 10 }),
            json!({
                "type": "string", "minLength": 2, "maxLength": 10,
                "x-lexicon-min-bytes": 5, "x-lexicon-max-bytes": 10,
            }),
        ),
        (
            // A grapheme has any number of code points.
            json!({ "type": "string", "minGraphemes": 2, "maxGraphemes": 3, "maxLength": 30 }),
            json!({
                "type": "string", "minLength": 2, "maxLength": 30, "x-lexicon-max-bytes": 30,
                "x-lexicon-min-graphemes": 2, "x-lexicon-max-graphemes": 3,
            }),
        ),
        (
            json!({ "type": "string", "enum": ["a", "b"], "default": "a" }),
            json!({ "type": "string", "enum": ["a", "b"], "default": "a" }),
        ),
        (
            json!({ "type": "string", "knownValues": ["a"], "maxLength": 9 }),
            json!({
                "type": "string", "maxLength": 9, "x-lexicon-max-bytes": 9,
                "anyOf": [{ "type": "string", "enum": ["a"] }, { "type": "string" }],
            }),
        ),
        (
            json!({ "type": "bytes", "minLength": 1, "maxLength": 4 }),
            json!({
                "type": "object",
                "properties": {
                    "$bytes": {
                        "type": "string", "contentEncoding": "base64",
                        "pattern": "^[A-Za-z0-9+/]*={0,2}$", "minLength": 2, "maxLength": 8,
                        "x-lexicon-min-bytes": 1, "x-lexicon-max-bytes": 4,
                    },
                },
                "required": ["$bytes"],
                "additionalProperties": false,
            }),
        ),
        (json!({ "type": "cid-link" }), link.clone()),
        (
            json!({ "type": "blob", "accept": ["image/*", "text/x.y"], "maxSize": 7 }),
            json!({
                "type": "object",
                "properties": {
                    "$type": { "type": "string", "const": "blob" },
                    "ref": link,
                    "mimeType": {
                        "type": "string", "minLength": 1, "pattern": "^(image/.+|text/x\\.y)$",
                    },
                    "size": { "type": "integer", "format": "int64", "minimum": 0, "maximum": 7 },
                },
                "required": ["$type", "ref", "mimeType", "size"],
            }),
        ),
        (
            json!({ "type": "array", "items": { "type": "boolean" }, "maxLength": 2 }),
            json!({ "type": "array", "items": { "type": "boolean" }, "maxItems": 2 }),
        ),
        (json!({ "type": "unknown" }), json!({ "type": "object" })),
        (
            json!({ "type": "ref", "ref": "#b" }),
            json!({ "$ref": "#/$defs/com.example.defs_b" }),
        ),
    ] {
        assert_eq!(of_type(&lexicon), expected, "{lexicon}");
    }
}

#[test]
fn members_are_required_nullable_both_or_neither() {
    let types = json!({
        "one": { "type": "boolean" },
        "two": { "type": "boolean", "description": "Said." },
        "three": { "type": "ref", "ref": "#b" },
    });
    let object = json!({
        "type": "object", "properties": types, "required": ["two", "three"],
        "nullable": ["two", "three"],
    });
    let two =
        json!({ "anyOf": [{ "type": "boolean" }, { "type": "null" }], "description": "Said." });
    let three = json!({ "anyOf": [{ "$ref": "#/$defs/com.example.defs_b" }, { "type": "null" }] });
    let expected = json!({
        "type": "object",
        "properties": { "one": { "type": "boolean" }, "two": two, "three": three },
        "required": ["two", "three"],
    });
    assert_eq!(of_object(&object), expected);
}

#[test]
fn the_type_of_a_value_selects_the_variant_of_a_union() {
    let refs = json!(["#b", "com.example.defs#c"]);
    let variants = [
        json!({ "$ref": "#/$defs/variant_com.example.defs_b" }),
        json!({ "$ref": "#/$defs/variant_com.example.defs_c" }),
    ];
    let not = json!({ "enum": ["com.example.defs#b", "com.example.defs#c"] });
    let other = json!({
        "type": "object",
        "properties": { "$type": { "type": "string", "minLength": 1, "not": not } },
        "required": ["$type"],
    });
    let mapping = json!({
        "com.example.defs#b": "#/$defs/variant_com.example.defs_b",
        "com.example.defs#c": "#/$defs/variant_com.example.defs_c",
    });
    let discriminator = json!({ "propertyName": "$type", "mapping": mapping });
    let closed = of_type(&json!({ "type": "union", "refs": refs, "closed": true }));
    let expected = json!({ "oneOf": variants, "discriminator": discriminator });
    assert_eq!(closed, expected);
    let open = of_type(&json!({ "type": "union", "refs": refs }));
    assert_eq!(open["oneOf"], json!([variants[0], variants[1], other]));
}

/// A variant requires what a plain reference to the same object does not.
#[test]
fn a_variant_is_a_schema_of_its_own() {
    let defs = json!({
        "a": {
            "type": "object",
            "properties": {
                "plain": { "type": "ref", "ref": "#b" },
                "one": { "type": "union", "refs": ["#b", "com.example.note"] },
            },
        },
        "b": with_member("b"),
    });
    let record = json!({
        "main": { "type": "record", "key": "tid", "record": with_member("text") },
    });
    let catalog = catalog(&[(NSID, defs), ("com.example.note", record)]);
    let written = json_schema(&catalog, None);
    let all = &written["$defs"];
    assert_eq!(all["com.example.defs_b"], with_member("b"));
    let type_name = json!({ "type": "string", "const": "com.example.defs#b" });
    let expected = json!({
        "type": "object",
        "properties": { "b": { "type": "boolean" }, "$type": type_name },
        "required": ["$type"],
    });
    assert_eq!(all["variant_com.example.defs_b"], expected);
    assert_eq!(all["com.example.note"]["required"], json!(["$type"]));
    assert_eq!(all["com.example.note"]["x-lexicon-record-key"], "tid");
    assert_eq!(all.as_object().unwrap().len(), 4);
}

/// Recursion ends at names.
#[test]
fn types_may_contain_themselves() {
    let tree = json!({
        "type": "object",
        "properties": { "x": { "type": "array", "items": { "type": "ref", "ref": "#a" } } },
    });
    let items = &of_object(&tree)["properties"]["x"]["items"];
    assert_eq!(*items, json!({ "$ref": "#/$defs/com.example.defs_a" }));
}

fn methods() -> Catalog {
    let list = json!({ "type": "ref", "ref": "#list" });
    let search = json!({
        "main": {
            "type": "query",
            "description": "DEPRECATED: finds things.",
            "parameters": {
                "type": "params",
                "required": ["q"],
                "properties": {
                    "q": { "type": "string", "maxLength": 9, "description": "The words." },
                    "tag": { "type": "array", "items": { "type": "string", "format": "nsid" } },
                },
            },
            "output": { "encoding": "application/json", "schema": list },
        },
        "list": with_member("more"),
    });
    let put = json!({
        "main": {
            "type": "procedure",
            "input": { "encoding": "image/*" },
            "errors": [
                { "name": "Taken", "description": "There is one." },
                { "name": "AuthRequired" },
            ],
        },
    });
    let listen = json!({
        "main": {
            "type": "subscription",
            "message": { "schema": { "type": "union", "refs": ["com.example.search#list"] } },
        },
    });
    catalog(&[
        ("com.example.search", search),
        ("com.example.put", put),
        ("com.example.listen", listen),
    ])
}

#[test]
fn operations() {
    let mut settings = Settings::default();
    settings.error_status.insert("AuthRequired".to_owned(), 401);
    let document = openapi(&methods(), &settings).unwrap();
    assert_eq!(document["openapi"], "3.1.1");
    assert_eq!(document["servers"], json!([{ "url": "/" }]));
    assert_eq!(document["security"], json!([]));
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 2, "{paths:?}");
    let search = &paths["/xrpc/com.example.search"]["get"];
    assert_eq!(search["operationId"], "com.example.search");
    assert_eq!(search["tags"], json!(["com.example"]));
    assert_eq!(search["deprecated"], true);
    let q = json!({
        "name": "q", "in": "query", "required": true, "description": "The words.",
        "schema": { "type": "string", "maxLength": 9, "x-lexicon-max-bytes": 9 },
    });
    assert_eq!(search["parameters"][0], q);
    assert_eq!(search["parameters"][1]["schema"]["items"]["format"], "nsid");
    let list = json!({ "$ref": "#/components/schemas/com.example.search_list" });
    let success = json!({
        "description": "Success.",
        "content": { "application/json": { "schema": list } },
    });
    assert_eq!(search["responses"]["200"], success);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let names: Vec<_> = schemas.keys().collect();
    assert_eq!(names, ["XrpcError", "com.example.search_list"]);
    let put = &paths["/xrpc/com.example.put"]["post"];
    let body = json!({ "content": { "image/*": {} }, "required": true });
    assert_eq!(put["requestBody"], body);
    assert_eq!(
        put["responses"]["200"],
        json!({ "description": "Success." })
    );
    let errors = |status: &str| {
        let response = &put["responses"][status];
        let examples = &response["content"]["application/json"]["examples"];
        let names = examples.as_object().unwrap().keys().cloned();
        let description = response["description"].as_str().unwrap();
        (description, names.collect::<Vec<_>>())
    };
    let (description, names) = errors("400");
    assert!(
        description.starts_with("`Taken`: There is one."),
        "{description}"
    );
    assert_eq!(names, ["InvalidRequest", "Taken"]);
    assert_eq!(
        errors("401"),
        ("`AuthRequired`", vec!["AuthRequired".to_owned()])
    );
    let any = &put["responses"]["default"]["content"]["application/json"]["schema"];
    assert_eq!(any["$ref"], "#/components/schemas/XrpcError");
}

#[test]
fn settings_choose_methods_and_make_members_nullable() {
    let mut settings = Settings::default();
    settings.methods = Some(vec!["com.example.put".to_owned()]);
    let document = openapi(&methods(), &settings).unwrap();
    assert_eq!(document["paths"].as_object().unwrap().len(), 1);
    let methods_of_settings = ["com.example.listen", "com.example.*"];
    settings.methods = Some(methods_of_settings.map(str::to_owned).to_vec());
    let faults = openapi(&methods(), &settings).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert!(
        faults[0].message.contains("com.example.listen"),
        "{}",
        faults[0]
    );
    let put = json!({ "operationId": "com.example.put" });
    let links = [("again".to_owned(), put.clone())];
    settings.methods = None;
    settings.links = [("com.example.search".to_owned(), links.into_iter().collect())].into();
    let document = openapi(&methods(), &settings).unwrap();
    let search = &document["paths"]["/xrpc/com.example.search"]["get"];
    assert_eq!(search["responses"]["200"]["links"], json!({ "again": put }));
    let place = "com.example.search#/defs/list/properties/more";
    settings.nullable = vec![place.to_owned()];
    let document = openapi(&methods(), &settings).unwrap();
    let list = &document["components"]["schemas"]["com.example.search_list"];
    let nullable = json!({ "anyOf": [{ "type": "boolean" }, { "type": "null" }] });
    assert_eq!(list["properties"]["more"], nullable);
}
