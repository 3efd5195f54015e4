//! Query parameters. Source: <https://atproto.com/specs/xrpc>, "Lexicon HTTP Endpoints".

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::check::{Violation, Violations};
use crate::xrpc::{Param, ParamKind};

/// Reads a query string into the JSON object that the check of the parameters expects. Names that
/// are not declared are ignored.
///
/// # Errors
/// A scalar given twice, a text that is no value of its type, or broken percent-encoding.
pub fn parse(query: &str, declared: &[Param]) -> Result<Value, Violations> {
    let mut object = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        let Some(name) = decode(name) else { continue };
        let Some(param) = declared.iter().find(|param| param.name == name) else {
            continue;
        };
        let fault = |message: &str| Violation::new(format!("params/{name}"), message);
        let text = decode(text).ok_or_else(|| fault("expected percent-encoded UTF-8"))?;
        let value = value(param.kind, text).map_err(fault)?;
        if param.array {
            if let Value::Array(items) = object.entry(name).or_insert_with(|| Value::Array(vec![]))
            {
                items.push(value);
            }
        } else if object.insert(name.clone(), value).is_some() {
            return Err(fault("expected one value, found several").into());
        }
    }
    Ok(Value::Object(object))
}

fn decode(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

fn value(kind: ParamKind, text: String) -> Result<Value, &'static str> {
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
