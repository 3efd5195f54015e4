//! Unions: the `$type` of a value says which variant it is.

use lexicon_schema::model::Document;
use serde_json::{Map, Value, json};

use crate::components::Components;
use crate::literal::{constant, members};

/// A union. An open one has a last variant: any object with another `$type`.
pub(crate) fn union<'c>(
    components: &mut Components<'c>,
    document: &'c Document,
    refs: &[String],
    closed: bool,
) -> Map<String, Value> {
    let (mut names, mut variants, mut mapping) = (Vec::new(), Vec::new(), Map::new());
    for reference in refs {
        let Some(target) = components.resolve(document, reference) else {
            continue;
        };
        let name = target.type_name();
        if names.contains(&name) {
            continue;
        }
        if target.is_object() {
            let reference = components.refer_to_variant(target);
            variants.push(json!({ "$ref": reference }));
            mapping.insert(name.clone(), reference.into());
        } else {
            // Anything else has no members to check.
            variants.push(object(constant(&name)));
        }
        names.push(name);
    }
    if !closed {
        let mut other = members(json!({ "type": "string", "minLength": 1 }));
        if !names.is_empty() {
            other.insert("not".to_owned(), json!({ "enum": names }));
        }
        variants.push(object(other));
    }
    let mut written = members(json!({ "oneOf": variants }));
    if !mapping.is_empty() {
        let discriminator = json!({ "propertyName": "$type", "mapping": Value::from(mapping) });
        written.insert("discriminator".to_owned(), discriminator);
    }
    written
}

/// An object of which only the `$type` is known.
fn object(type_name: Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": { "$type": type_name }, "required": ["$type"] })
}
