//! Parts of schemas.

use serde_json::{Map, Value, json};

/// The members of an object that was written as a literal.
pub(crate) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Adds a member that has a value.
pub(crate) fn insert(schema: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        schema.insert(key.to_owned(), value.into());
    }
}

/// A string that can only be `only`.
pub(crate) fn constant(only: &str) -> Map<String, Value> {
    members(json!({ "type": "string", "const": only }))
}

/// Adds a description. One that begins with "deprecated", as is the custom, marks what it describes.
pub(crate) fn describe(schema: &mut Map<String, Value>, description: Option<&str>) {
    if let Some(text) = description {
        schema.insert("description".to_owned(), text.into());
        if is_deprecated(text) {
            schema.insert("deprecated".to_owned(), true.into());
        }
    }
}

fn is_deprecated(description: &str) -> bool {
    let word = description.trim_start_matches(|c: char| !c.is_alphanumeric());
    word.get(.."deprecated".len())
        .is_some_and(|word| word.eq_ignore_ascii_case("deprecated"))
}
