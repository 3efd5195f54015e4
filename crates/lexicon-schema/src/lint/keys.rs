//! Members that the language does not know.

use serde_json::{Map, Value};

use super::findings::Findings;
use crate::diagnostic::Pointer;

type Members = Map<String, Value>;

/// What may stand in a type of data, beside `type` and `description`.
const TYPES: &[(&str, &[&str])] = &[
    ("boolean", &["const", "default"]),
    (
        "integer",
        &["minimum", "maximum", "enum", "const", "default"],
    ),
    (
        "string",
        &[
            "format",
            "minLength",
            "maxLength",
            "minGraphemes",
            "maxGraphemes",
            "enum",
            "knownValues",
            "const",
            "default",
        ],
    ),
    ("bytes", &["minLength", "maxLength"]),
    ("cid-link", &[]),
    ("blob", &["accept", "maxSize"]),
    ("array", &["items", "minLength", "maxLength"]),
    ("object", &["properties", "required", "nullable"]),
    ("params", &["properties", "required"]),
    ("ref", &["ref"]),
    ("union", &["refs", "closed"]),
    ("unknown", &[]),
    ("token", &[]),
    ("record", &["key", "record"]),
    ("query", &["parameters", "output", "errors"]),
    ("procedure", &["parameters", "input", "output", "errors"]),
    ("subscription", &["parameters", "message", "errors"]),
    (
        "permission-set",
        &[
            "title",
            "title:lang",
            "detail",
            "detail:lang",
            "permissions",
        ],
    ),
];

pub(super) fn check(findings: &mut Findings<'_>) {
    let value = lexicon_runtime::json::parse("document", findings.document.source.as_bytes());
    let Ok(Value::Object(document)) = value else {
        return;
    };
    let known = ["lexicon", "id", "defs", "description", "revision", "$type"];
    only(&document, &known, &Pointer::root(), findings);
    let at = Pointer::root().join("defs");
    for (name, def) in members(&document, "defs") {
        schema(def, &at.join(name), findings);
    }
}

/// A type of data or a definition, and all below it.
fn schema(value: &Value, at: &Pointer, findings: &mut Findings<'_>) {
    let Some(object) = value.as_object() else {
        return;
    };
    let name = object.get("type").and_then(Value::as_str);
    if let Some((_, keys)) = TYPES.iter().find(|(kind, _)| name == Some(kind)) {
        only(
            object,
            &[keys, &["type", "description"][..]].concat(),
            at,
            findings,
        );
    }
    let bodies = ["input", "output", "message"];
    for key in ["items", "record", "parameters"] {
        if let Some(value) = object.get(key) {
            schema(value, &at.join(key), findings);
        }
    }
    for (key, body) in bodies
        .iter()
        .filter_map(|key| Some((key, object.get(*key)?)))
    {
        let (Some(body), at) = (body.as_object(), at.join(key)) else {
            continue;
        };
        only(body, &["encoding", "schema", "description"], &at, findings);
        if let Some(value) = body.get("schema") {
            schema(value, &at.join("schema"), findings);
        }
    }
    let errors = object.get("errors").and_then(Value::as_array);
    for (index, error) in errors.into_iter().flatten().enumerate() {
        if let Some(error) = error.as_object() {
            let at = at.join("errors").join(index);
            only(error, &["name", "description"], &at, findings);
        }
    }
    for (name, value) in members(object, "properties") {
        schema(value, &at.join("properties").join(name), findings);
    }
}

fn members<'v>(object: &'v Members, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    object
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn only(object: &Members, known: &[&str], at: &Pointer, findings: &mut Findings<'_>) {
    for key in object.keys().filter(|key| !known.contains(&&key[..])) {
        let at = at.join(key);
        match &key[..] {
            "title:langs" | "detail:langs" => {
                let message = format!("expected `{}`", key.trim_end_matches('s'));
                findings.add(at, "title-langs", message);
            }
            // Extensions of the document's author.
            _ if key.starts_with('$') || key.starts_with("x-") => {}
            _ => {
                let message = format!(
                    "`{key}` is unknown here; expected one of: {}",
                    known.join(", ")
                );
                findings.add(at, "unknown-key", message);
            }
        }
    }
}
