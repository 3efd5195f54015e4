//! Types of data as JSON Schema, draft 2020-12, which OpenAPI 3.1 has.
//! Source: <https://atproto.com/specs/lexicon> and <https://atproto.com/specs/data-model>.

use lexicon_schema::model::{Document, Integer, Length, Object, Property, Schema, Type};
use serde_json::{Map, Value, json};

use crate::components::Components;
use crate::literal::{describe, insert, members};
use crate::strings;
use crate::union;

/// The largest integer of the data model: 2^53 - 1.
const MAX_INTEGER: i64 = 9_007_199_254_740_991;

/// A type at one place of a document.
pub(crate) fn schema<'c>(
    components: &mut Components<'c>,
    document: &'c Document,
    schema: &'c Schema,
) -> Map<String, Value> {
    let mut written = match &schema.kind {
        Type::Boolean { r#const, default } => boolean(*r#const, *default),
        Type::Integer(integer) => self::integer(integer),
        Type::String(string) => strings::string(string),
        Type::Bytes(length) => bytes(*length),
        Type::CidLink => link(),
        Type::Blob { accept, max_size } => blob(accept, *max_size),
        Type::Array { items, length } => {
            let items = self::schema(components, document, items);
            array(items, *length)
        }
        Type::Object(object) => self::object(components, document, object),
        Type::Ref(reference) => match components.resolve(document, reference) {
            Some(target) => members(json!({ "$ref": components.refer(target) })),
            None => Map::new(),
        },
        Type::Union { refs, closed } => union::union(components, document, refs, *closed),
        Type::Unknown => members(json!({ "type": "object" })),
    };
    describe(&mut written, schema.description.as_deref());
    written
}

/// An object, or the parameters of a method.
pub(crate) fn object<'c>(
    components: &mut Components<'c>,
    document: &'c Document,
    object: &'c Object,
) -> Map<String, Value> {
    let mut properties = Map::new();
    for property in &object.properties {
        let value = self::property(components, document, property);
        properties.insert(property.name.clone(), value.into());
    }
    let required = object
        .properties
        .iter()
        .filter(|property| property.required);
    let required: Vec<_> = required.map(|property| &property.name).collect();
    let mut written = members(json!({ "type": "object" }));
    if !properties.is_empty() {
        written.insert("properties".to_owned(), properties.into());
    }
    if !required.is_empty() {
        written.insert("required".to_owned(), json!(required));
    }
    written
}

fn property<'c>(
    components: &mut Components<'c>,
    document: &'c Document,
    property: &'c Property,
) -> Map<String, Value> {
    let mut written = schema(components, document, &property.schema);
    let place = format!("{}#{}", document.nsid, property.schema.pointer);
    if !property.nullable && !components.settings.nullable.contains(&place) {
        return written;
    }
    let annotations: Map<_, _> = ["description", "deprecated"]
        .into_iter()
        .filter_map(|key| written.remove_entry(key))
        .collect();
    let mut nullable = members(json!({ "anyOf": [written, { "type": "null" }] }));
    nullable.extend(annotations);
    nullable
}

fn boolean(only: Option<bool>, default: Option<bool>) -> Map<String, Value> {
    let mut written = members(json!({ "type": "boolean" }));
    insert(&mut written, "const", only);
    insert(&mut written, "default", default);
    written
}

fn integer(integer: &Integer) -> Map<String, Value> {
    let mut written = members(json!({
        "type": "integer",
        "format": "int64",
        "minimum": integer.minimum.unwrap_or(-MAX_INTEGER),
        "maximum": integer.maximum.unwrap_or(MAX_INTEGER),
    }));
    insert(&mut written, "enum", integer.r#enum.clone());
    insert(&mut written, "const", integer.r#const);
    insert(&mut written, "default", integer.default);
    written
}

fn array(items: Map<String, Value>, length: Length) -> Map<String, Value> {
    let mut written = members(json!({ "type": "array", "items": items }));
    insert(&mut written, "minItems", length.min);
    insert(&mut written, "maxItems", length.max);
    written
}

/// `{"$bytes": base64}`: three bytes are four characters, with padding or without.
fn bytes(length: Length) -> Map<String, Value> {
    let mut text = members(json!({
        "type": "string",
        "contentEncoding": "base64",
        "pattern": "^[A-Za-z0-9+/]*={0,2}$",
    }));
    let shortest = length.min.map(|bytes| bytes.saturating_mul(4).div_ceil(3));
    let longest = length.max.map(|bytes| bytes.div_ceil(3).saturating_mul(4));
    insert(&mut text, "minLength", shortest);
    insert(&mut text, "maxLength", longest);
    insert(&mut text, "x-lexicon-min-bytes", length.min);
    insert(&mut text, "x-lexicon-max-bytes", length.max);
    members(json!({
        "type": "object",
        "properties": { "$bytes": text },
        "required": ["$bytes"],
        "additionalProperties": false,
    }))
}

/// `{"$link": cid}`.
fn link() -> Map<String, Value> {
    members(json!({
        "type": "object",
        "properties": {
            "$link": { "type": "string", "format": "cid", "pattern": "^b[a-z2-7]{7,255}$" },
        },
        "required": ["$link"],
        "additionalProperties": false,
    }))
}

fn blob(accept: &[String], max_size: Option<u64>) -> Map<String, Value> {
    let mut size = members(json!({ "type": "integer", "format": "int64", "minimum": 0 }));
    insert(&mut size, "maximum", max_size);
    let mut mime_type = members(json!({ "type": "string", "minLength": 1 }));
    if !accept.is_empty() && !accept.iter().any(|glob| glob == "*/*") {
        mime_type.insert("pattern".to_owned(), media_types(accept).into());
    }
    members(json!({
        "type": "object",
        "properties": {
            "$type": { "type": "string", "const": "blob" },
            "ref": link(),
            "mimeType": mime_type,
            "size": size,
        },
        "required": ["$type", "ref", "mimeType", "size"],
    }))
}

/// The regular expression of media types and globs such as `image/*`.
fn media_types(accept: &[String]) -> String {
    let expressions = accept.iter().map(|glob| match glob.strip_suffix('*') {
        Some(start) => format!("{}.+", escape(start)),
        None => escape(glob),
    });
    let expressions: Vec<_> = expressions.collect();
    format!("^({})$", expressions.join("|"))
}

fn escape(text: &str) -> String {
    let special = |c: char| ".+*?()[]{}|^$\\".contains(c);
    let mut escaped = String::new();
    for c in text.chars() {
        if special(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
