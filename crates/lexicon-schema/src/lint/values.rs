//! Constraints of one type against each other.

use serde_json::Value;

use super::findings::Findings;
use crate::diagnostic::Pointer;
use crate::model::{Integer, Length, Schema, StringType, Type};
use crate::validate;

/// 2^53 - 1.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

pub(super) fn check(findings: &mut Findings<'_>) {
    for def in findings.document.defs.values() {
        def.each_schema(&mut |schema| one(schema, findings));
    }
}

fn one(schema: &Schema, findings: &mut Findings<'_>) {
    let at = &schema.pointer;
    match &schema.kind {
        Type::Boolean { r#const, default } => {
            exclusive(r#const.is_some() && default.is_some(), at, findings);
        }
        Type::Integer(integer) => {
            exclusive(
                integer.r#const.is_some() && integer.default.is_some(),
                at,
                findings,
            );
            ordered(integer.minimum, integer.maximum, at, "minimum", findings);
            findings.repeated(
                integer.r#enum.as_deref().unwrap_or_default(),
                &at.join("enum"),
            );
            listed(integer.r#enum.as_deref(), at, findings);
            // A constant, a default or a member of an enum that is too large is a value out of range.
            let size = |bound: Option<i64>| bound.map(i64::unsigned_abs);
            let bounds = [
                ("minimum", size(integer.minimum)),
                ("maximum", size(integer.maximum)),
            ];
            large(bounds, at, findings);
            if integer.r#const.is_some()
                && (integer.minimum.is_some()
                    || integer.maximum.is_some()
                    || integer.r#enum.is_some())
            {
                only_const(at, findings);
            }
            integers(integer, at, findings);
        }
        Type::String(string) => {
            exclusive(
                string.r#const.is_some() && string.default.is_some(),
                at,
                findings,
            );
            length(&string.bytes, at, ["minLength", "maxLength"], findings);
            let keys = ["minGraphemes", "maxGraphemes"];
            length(&string.graphemes, at, keys, findings);
            // A grapheme has at least a byte.
            if string.graphemes.min > string.bytes.max && string.bytes.max.is_some() {
                let message = "no string has that many graphemes in `maxLength` bytes";
                findings.add(at.join("minGraphemes"), "empty-range", message);
            }
            if string.graphemes.max.is_some() && string.bytes.max.is_none() {
                let message =
                    "expected `maxLength` beside it: a grapheme can have any number of bytes";
                findings.add(at.join("maxGraphemes"), "graphemes-without-bytes", message);
            }
            listed(string.r#enum.as_deref(), at, findings);
            redundant(string, at, findings);
            strings(string, at, findings);
        }
        Type::Bytes(bounds) | Type::Array { length: bounds, .. } => {
            length(bounds, at, ["minLength", "maxLength"], findings);
        }
        Type::Blob { max_size, .. } => large([("maxSize", *max_size)], at, findings),
        _ => {}
    }
}

fn exclusive(both: bool, at: &Pointer, findings: &mut Findings<'_>) {
    if both {
        let message = "`const` allows no other value";
        findings.add(at.join("default"), "default-with-const", message);
    }
}

fn length(length: &Length, at: &Pointer, [min, max]: [&str; 2], findings: &mut Findings<'_>) {
    ordered(length.min, length.max, at, min, findings);
    large([(min, length.min), (max, length.max)], at, findings);
}

fn ordered<N: PartialOrd>(
    min: Option<N>,
    max: Option<N>,
    at: &Pointer,
    key: &str,
    findings: &mut Findings<'_>,
) {
    if max.is_some() && min > max {
        findings.add(
            at.join(key),
            "empty-range",
            "greater than the maximum: no value is valid",
        );
    }
}

/// Reports bounds beyond 2^53, which JSON in many languages does not have.
fn large<const N: usize>(
    bounds: [(&str, Option<u64>); N],
    at: &Pointer,
    findings: &mut Findings<'_>,
) {
    for (key, bound) in bounds {
        if bound > Some(MAX_SAFE_INTEGER) {
            let message = format!("expected at most {MAX_SAFE_INTEGER} in absolute value");
            findings.add(at.join(key), "large-integer", message);
        }
    }
}

/// Constraints to which another one leaves nothing.
fn redundant(string: &StringType, at: &Pointer, findings: &mut Findings<'_>) {
    let StringType {
        bytes, graphemes, ..
    } = string;
    let lengths = *bytes != Length::default() || *graphemes != Length::default();
    if string.r#const.is_some()
        && (lengths
            || string.format.is_some()
            || string.r#enum.is_some()
            || !string.known_values.is_empty())
    {
        only_const(at, findings);
    } else if string.r#enum.is_some() && !string.known_values.is_empty() {
        let message = "`enum` allows no value that it does not list";
        findings.add(at.join("knownValues"), "redundant-constraint", message);
    }
    if let (Some(format), true) = (string.format, lengths) {
        let message = format!("the format `{}` bounds the length already", format.name());
        findings.add(at.clone(), "format-with-length", message);
    }
}

fn only_const(at: &Pointer, findings: &mut Findings<'_>) {
    let message = "`const` allows one value: other constraints have no effect";
    findings.add(at.join("const"), "redundant-constraint", message);
}

fn listed<T>(values: Option<&[T]>, at: &Pointer, findings: &mut Findings<'_>) {
    if values.is_some_and(<[T]>::is_empty) {
        let message = "nothing is listed: no value is valid";
        findings.add(at.join("enum"), "empty-range", message);
    }
}

fn integers(integer: &Integer, at: &Pointer, findings: &mut Findings<'_>) {
    let listed = Integer {
        r#const: None,
        ..integer.clone()
    };
    let bare = Integer {
        r#enum: None,
        ..listed.clone()
    };
    let (listed, bare) = (Type::Integer(listed), Type::Integer(bare));
    let mut fits = |kind: &Type, value: i64, at| fits(kind, value.into(), at, findings);
    for (index, value) in integer.r#enum.iter().flatten().enumerate() {
        fits(&bare, *value, at.join("enum").join(index));
    }
    if let Some(value) = integer.r#const {
        fits(&listed, value, at.join("const"));
    }
    if let Some(value) = integer.default {
        fits(&listed, value, at.join("default"));
    }
}

fn strings(string: &StringType, at: &Pointer, findings: &mut Findings<'_>) {
    let listed = StringType {
        r#const: None,
        ..string.clone()
    };
    let bare = StringType {
        r#enum: None,
        ..listed.clone()
    };
    let (listed, bare) = (Type::String(listed), Type::String(bare));
    let mut fits = |kind: &Type, value: &str, at| fits(kind, value.into(), at, findings);
    for (index, value) in string.r#enum.iter().flatten().enumerate() {
        fits(&bare, value, at.join("enum").join(index));
    }
    if let Some(value) = &string.r#const {
        fits(&listed, value, at.join("const"));
    }
    if let Some(value) = &string.default {
        fits(&listed, value, at.join("default"));
    }
}

fn fits(kind: &Type, value: Value, at: Pointer, findings: &mut Findings<'_>) {
    if let Err(violations) = validate::scalar(kind, &value) {
        findings.add(at, "value-out-of-range", violations.to_string());
    }
}
