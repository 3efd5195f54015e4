//! Members that the language does not know.

use serde_json::{Map, Value};

use super::findings::Findings;
use crate::diagnostic::Pointer;

pub(super) type Members = Map<String, Value>;

/// What may stand in a type of data or a definition, beside `type` and `description`.
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
    // An input is reported when it is read.
    ("query", &["parameters", "input", "output", "errors"]),
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
    ("space", &["key", "name", "name:lang", "collections"]),
];

/// The members of a document.
pub(super) fn document(document: &Members, findings: &mut Findings<'_>) {
    let known = ["lexicon", "id", "defs", "description", "revision", "$type"];
    only(document, &known, &Pointer::root(), findings);
}

/// The members of a definition, a type of data or a body, and those of the errors of a method.
pub(super) fn of_type(object: &Members, at: &Pointer, findings: &mut Findings<'_>) {
    match object.get("type") {
        Some(name) => {
            let name = name.as_str().unwrap_or_default();
            if let Some((_, keys)) = TYPES.iter().find(|(kind, _)| name == *kind) {
                let known = [keys, &["type", "description"][..]].concat();
                only(object, &known, at, findings);
            }
        }
        None => only(object, &["encoding", "schema", "description"], at, findings),
    }
    let errors = object.get("errors").and_then(Value::as_array);
    for (index, error) in errors.into_iter().flatten().enumerate() {
        if let Some(error) = error.as_object() {
            let at = at.join("errors").join(index);
            only(error, &["name", "description"], &at, findings);
        }
    }
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
