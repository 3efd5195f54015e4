//! Query strings: reading and writing the declared parameters of a call.
//! Source: <https://atproto.com/specs/xrpc>, "Lexicon HTTP Endpoints".

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::check::{Checker, Validate, Violations};
use crate::json;
use crate::params::{Param, ParamKind};
use crate::tree::Tree;

/// The first part of every place.
const ROOT: &str = "params";

/// Everything that RFC 3986 does not call unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Reads and checks the query string of a call. Names that are not declared are ignored.
///
/// # Errors
/// Every violation: a scalar given twice, text that is not a value of its parameter's type, broken
/// percent-encoding, and everything that the schema does not allow. The places are `params/NAME`, and
/// `params/NAME/INDEX` for a value of an array.
pub fn decode<P: Validate + DeserializeOwned>(
    declared: &[Param],
    query: &str,
) -> Result<P, Violations> {
    let mut checker = Checker::new(ROOT);
    let object = Value::Object(read(declared, query, &mut checker));
    let tree = Tree::from(&object);
    checker.check(&tree, P::check)?;
    json::read(ROOT, tree.root())
}

/// Writes parameters as a query string without its `?`; empty if there are none.
///
/// # Errors
/// A value that cannot be a parameter: an object, null within an array, or a fraction.
pub fn encode<P: Serialize>(params: &P) -> Result<String, Violations> {
    let mut checker = Checker::new(ROOT);
    let mut query = String::new();
    match serde_json::to_value(params) {
        Ok(Value::Object(members)) => {
            for (name, value) in &members {
                checker.at_key(name.clone(), |c| match value {
                    Value::Null => {}
                    Value::Array(items) => {
                        for (index, item) in items.iter().enumerate() {
                            c.at_index(index, |c| write(&mut query, name, item, c));
                        }
                    }
                    scalar => write(&mut query, name, scalar, c),
                });
            }
        }
        _ => checker.violation("expected an object"),
    }
    checker.finish()?;
    Ok(query)
}

/// Adds a parameter to a query string.
fn write(query: &mut String, name: &str, value: &Value, checker: &mut Checker) {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) => value.to_string(),
        Value::Number(number) if !number.is_f64() => value.to_string(),
        _ => return checker.violation("expected a string, an integer or a boolean"),
    };
    if !query.is_empty() {
        query.push('&');
    }
    query.extend(utf8_percent_encode(name, RESERVED));
    query.push('=');
    query.extend(utf8_percent_encode(&text, RESERVED));
}

/// Reads the values that can be read, and reports the others. In an array, null keeps the index of a
/// value that cannot be read.
fn read(declared: &[Param], query: &str, checker: &mut Checker) -> Map<String, Value> {
    let mut object = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(name) = unescape(name) else { continue };
        let Some(param) = declared.iter().find(|param| param.name == name) else {
            continue;
        };
        let text = unescape(text).ok_or("expected percent-encoded UTF-8");
        let value = text.and_then(|text| value(param.kind, text));
        checker.at_key(param.name, |checker| match param.array {
            true => add(&mut object, param, value, checker),
            false => set(&mut object, param, value, checker),
        });
    }
    object
}

type Read = Result<Value, &'static str>;

/// Adds a value to an array.
fn add(object: &mut Map<String, Value>, param: &Param, value: Read, checker: &mut Checker) {
    let items = object.entry(param.name);
    let items = items.or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(items) = items else { return };
    let value = value.unwrap_or_else(|message| {
        checker.at_index(items.len(), |checker| checker.unreadable(message));
        Value::Null
    });
    items.push(value);
}

/// Sets a scalar, which has one value.
fn set(object: &mut Map<String, Value>, param: &Param, value: Read, checker: &mut Checker) {
    match value {
        Err(message) => checker.unreadable(message),
        Ok(value) => {
            if object.insert(param.name.to_owned(), value).is_some() {
                checker.unreadable("expected one value, found several");
            }
        }
    }
}

fn unescape(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

fn value(kind: ParamKind, text: String) -> Read {
    match kind {
        ParamKind::String => Ok(Value::String(text)),
        ParamKind::Boolean => match &text[..] {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err("expected true or false"),
        },
        ParamKind::Integer => {
            let digits = text.strip_prefix('-').unwrap_or(&text);
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            let number = text.parse::<i64>().ok().filter(|_| plain);
            number
                .map(|number| Value::Number(number.into()))
                .ok_or("expected an integer within 53 bits")
        }
    }
}
