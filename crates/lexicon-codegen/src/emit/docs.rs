//! Doc comments: the descriptions and constraints of the lexicons.

use lexicon_schema::model::{Length, Schema, Type};
use proc_macro2::TokenStream;
use quote::quote;

use super::prose::lines;

/// A doc comment of an item: its description, then its constraints.
pub(super) fn outer(description: Option<&String>, constraints: &[String]) -> TokenStream {
    let lines = text(description, constraints);
    quote!(#(#[doc = #lines])*)
}

/// The same as lines of text.
pub(super) fn text(description: Option<&String>, constraints: &[String]) -> Vec<String> {
    let mut text = description.cloned().unwrap_or_default();
    if !constraints.is_empty() {
        let sentence = constraints.join(", ");
        let stop = match text.trim_end().chars().last() {
            None => "",
            Some('.' | '!' | '?' | ':') => " ",
            Some(_) => ". ",
        };
        let mut chars = sentence.chars();
        let first = chars.next().into_iter().flat_map(char::to_uppercase);
        text = format!(
            "{}{stop}{}{}.",
            text.trim_end(),
            first.collect::<String>(),
            chars.as_str()
        );
    }
    lines(&text)
}

/// The doc comment of a module.
pub(super) fn inner(text: &str) -> TokenStream {
    let lines = lines(text);
    quote!(#(#![doc = #lines])*)
}

/// The constraints of a type in words.
pub(super) fn constraints(schema: &Schema) -> Vec<String> {
    let mut list = Vec::new();
    let mut length = |length: &Length, unit: &str| list.extend(range(length.min, length.max, unit));
    match &schema.kind {
        Type::String(string) => {
            length(&string.bytes, "bytes");
            length(&string.graphemes, "graphemes");
            if let Some(only) = &string.r#const {
                list.push(format!("always `{only}`"));
            }
            if let Some(values) = &string.r#enum {
                list.push(format!("one of {}", quoted(values)));
            }
            if !string.known_values.is_empty() {
                list.push(format!("known values: {}", quoted(&string.known_values)));
            }
            if let Some(default) = &string.default {
                list.push(format!("default `{default}`"));
            }
        }
        Type::Integer(integer) => {
            list.extend(range(integer.minimum, integer.maximum, ""));
            if let Some(only) = integer.r#const {
                list.push(format!("always {only}"));
            }
            if let Some(values) = &integer.r#enum {
                list.push(format!("one of {}", quoted(values)));
            }
            if let Some(default) = integer.default {
                list.push(format!("default {default}"));
            }
        }
        Type::Boolean { r#const, default } => {
            list.extend(r#const.map(|only| format!("always {only}")));
            list.extend(default.map(|default| format!("default {default}")));
        }
        Type::Bytes(bytes) => length(bytes, "bytes"),
        Type::Array { length: items, .. } => length(items, "elements"),
        Type::Blob { accept, max_size } => {
            if !accept.is_empty() {
                list.push(format!("accepts {}", quoted(accept)));
            }
            list.extend(max_size.map(|size| format!("at most {size} bytes")));
        }
        _ => {}
    }
    list
}

fn quoted<T: std::fmt::Display>(values: &[T]) -> String {
    let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
    values.join(", ")
}

fn range<N: std::fmt::Display + PartialEq>(
    min: Option<N>,
    max: Option<N>,
    unit: &str,
) -> Option<String> {
    let text = match (min, max) {
        (None, None) => return None,
        (Some(min), Some(max)) if min == max => format!("exactly {min} {unit}"),
        (Some(min), Some(max)) => format!("{min} to {max} {unit}"),
        (Some(min), None) => format!("at least {min} {unit}"),
        (None, Some(max)) => format!("at most {max} {unit}"),
    };
    Some(text.trim_end().to_owned())
}
