//! What only the text of a document has: the model keeps neither unknown members nor how a list is written.

use serde_json::Value;

use super::findings::Findings;
use super::members::{self, Members};
use crate::diagnostic::Pointer;
use crate::json;

pub(super) fn check(findings: &mut Findings<'_>) {
    let Ok(Value::Object(document)) = json::parse(findings.document.source.as_bytes()) else {
        return;
    };
    members::document(&document, findings);
    let at = Pointer::root().join("defs");
    for (name, def) in entries(&document, "defs") {
        each_type(def, &at.join(name), &mut |object, at| {
            members::of_type(object, at, findings);
            lists(object, at, findings);
        });
    }
}

/// Calls `visit` for a definition, a type of data or a body, and for all below it.
fn each_type(value: &Value, at: &Pointer, visit: &mut dyn FnMut(&Members, &Pointer)) {
    let Some(object) = value.as_object() else {
        return;
    };
    visit(object, at);
    for key in [
        "items",
        "record",
        "parameters",
        "input",
        "output",
        "message",
        "schema",
    ] {
        if let Some(value) = object.get(key) {
            each_type(value, &at.join(key), visit);
        }
    }
    let at = at.join("properties");
    for (name, value) in entries(object, "properties") {
        each_type(value, &at.join(name), visit);
    }
}

/// The members of a member that is an object.
fn entries<'v>(object: &'v Members, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    let object = object.get(key).and_then(Value::as_object);
    object.into_iter().flatten()
}

/// Names and translations.
fn lists(object: &Members, at: &Pointer, findings: &mut Findings<'_>) {
    for key in ["required", "nullable"] {
        let names: Vec<_> = object
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        findings.repeated(&names, &at.join(key));
    }
    for key in ["title:lang", "detail:lang", "name:lang"] {
        let Some(translations) = object.get(key) else {
            continue;
        };
        let at = at.join(key);
        let Some(translations) = translations.as_object() else {
            findings.add(
                at,
                "language-code",
                "expected an object of texts by language",
            );
            continue;
        };
        for (language, text) in translations {
            if !lexicon_runtime::Format::Language.is_valid(language) || !text.is_string() {
                let message = format!("expected a language code with a text, found `{language}`");
                findings.add(at.join(language), "language-code", message);
            }
        }
    }
}
