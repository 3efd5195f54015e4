//! Strings: their formats as regular expressions, and lengths in bytes and graphemes.

use lexicon_runtime::Format;
use lexicon_schema::model::StringType;
use serde_json::{Map, Value, json};

/// The schema of a string.
///
/// JSON Schema counts code points, and a code point has one to four bytes: a length in bytes is a bound, and
/// the exact rule is an annotation. A grapheme has one code point or more, so that a largest number of
/// graphemes is only an annotation.
pub(crate) fn string(string: &StringType) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "string".into());
    if let Some(format) = string.format {
        add_format(&mut schema, format);
    }
    let at_least = string.bytes.min.map(|bytes| bytes.div_ceil(4));
    let at_least = at_least.max(string.graphemes.min);
    // The format may have a smaller limit.
    let of_format = schema.get("maxLength").and_then(Value::as_u64);
    let at_most = string.bytes.max.into_iter().chain(of_format).min();
    for (key, value) in [
        ("minLength", at_least),
        ("maxLength", at_most),
        ("x-lexicon-min-bytes", string.bytes.min),
        ("x-lexicon-max-bytes", string.bytes.max),
        ("x-lexicon-min-graphemes", string.graphemes.min),
        ("x-lexicon-max-graphemes", string.graphemes.max),
    ] {
        if let Some(value) = value {
            schema.insert(key.to_owned(), value.into());
        }
    }
    if let Some(values) = &string.r#enum {
        schema.insert("enum".to_owned(), json!(values));
    }
    if let Some(only) = &string.r#const {
        schema.insert("const".to_owned(), json!(only));
    }
    if let Some(default) = &string.default {
        schema.insert("default".to_owned(), json!(default));
    }
    if !string.known_values.is_empty() {
        // The other values are valid too.
        let known = json!({ "type": "string", "enum": string.known_values });
        schema.insert("anyOf".to_owned(), json!([known, { "type": "string" }]));
    }
    schema
}

/// Adds a format: a name that JSON Schema has, or that of the Lexicon language, and what a text of it looks
/// like. The expressions accept all of its texts, and some others.
/// Source: <https://atproto.com/specs/lexicon#string-formats> and the pages that it refers to.
fn add_format(schema: &mut Map<String, Value>, format: Format) {
    let name = match format {
        Format::Datetime => "date-time",
        format => format.name(),
    };
    schema.insert("format".to_owned(), name.into());
    schema.insert("pattern".to_owned(), pattern(format).into());
    let longest = match format {
        Format::AtIdentifier | Format::Did => Some(2048),
        Format::AtUri | Format::SpaceRef | Format::Uri => Some(8192),
        Format::Cid => Some(256),
        Format::Handle => Some(253),
        Format::Nsid => Some(317),
        Format::RecordKey => Some(512),
        _ => None,
    };
    if let Some(longest) = longest {
        schema.insert("maxLength".to_owned(), longest.into());
    }
}

/// A label of a domain name.
macro_rules! label {
    () => {
        "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    };
}

macro_rules! did {
    () => {
        "did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]"
    };
}

/// The last label of a handle begins with a letter.
macro_rules! handle {
    () => {
        concat!(
            "(",
            label!(),
            "\\.)+[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
        )
    };
}

macro_rules! nsid {
    () => {
        concat!(
            "[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\\.",
            label!(),
            ")+\\.[a-zA-Z][a-zA-Z0-9]{0,62}"
        )
    };
}

macro_rules! record_key {
    () => {
        "[a-zA-Z0-9_~.:-]{1,512}"
    };
}

macro_rules! space {
    () => {
        concat!(did!(), "/space/", nsid!(), "/", record_key!())
    };
}

/// The regular expression of a format, in the common subset of ECMA-262 and other dialects.
fn pattern(format: Format) -> &'static str {
    match format {
        Format::AtIdentifier => concat!("^(", did!(), "|", handle!(), ")$"),
        Format::AtUri => concat!(
            "^at://((",
            did!(),
            "|",
            handle!(),
            ")(/",
            nsid!(),
            "(/",
            record_key!(),
            ")?)?|",
            space!(),
            "(/",
            did!(),
            "/",
            nsid!(),
            "/",
            record_key!(),
            ")?)$"
        ),
        Format::Cid => "^[a-zA-Z0-9+/=_-]{8,256}$",
        Format::Datetime => {
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"
        }
        Format::Did => concat!("^", did!(), "$"),
        Format::Handle => concat!("^", handle!(), "$"),
        Format::Language => "^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$",
        Format::Nsid => concat!("^", nsid!(), "$"),
        Format::RecordKey => concat!("^", record_key!(), "$"),
        Format::SpaceRef => concat!("^at://", space!(), "$"),
        Format::Tid => "^[2-7a-j][2-7a-z]{12}$",
        Format::Uri => "^[a-zA-Z][a-zA-Z0-9+.-]*:[!-~]+$",
    }
}
