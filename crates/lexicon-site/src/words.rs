//! Constraints in words.

use lexicon_schema::model::{Integer, Length, StringType, Type};

/// The most values of a list that are written out.
const MAX_VALUES: usize = 60;
/// The longest value that is written out, in characters.
const MAX_CHARS: usize = 200;

/// The constraints of a type, each as a phrase: `1 to 100 bytes`. Those of elements come after their array's.
pub(crate) fn constraints(kind: &Type) -> Vec<String> {
    let mut words = Vec::new();
    match kind {
        Type::Boolean { r#const, default } => {
            words.extend(r#const.map(|only| format!("always {only}")));
            words.extend(default.map(|default| format!("default {default}")));
        }
        Type::Integer(integer) => integer_words(integer, &mut words),
        Type::String(string) => string_words(string, &mut words),
        Type::Bytes(length) => words.extend(length_words(*length, "byte")),
        Type::Blob { accept, max_size } => {
            if !accept.is_empty() {
                words.push(format!("media type: {}", list(accept)));
            }
            words.extend(max_size.map(|size| format!("at most {}", size_words(size))));
        }
        Type::Array { items, length } => {
            words.extend(length_words(*length, "item"));
            let of_items = constraints(&items.kind).into_iter();
            words.extend(of_items.map(|word| format!("each {word}")));
        }
        Type::Object(object) if object.unconstrained => words.push("any members".to_owned()),
        Type::Union { refs, closed } => {
            let types = match (closed, refs.is_empty()) {
                // One without types is invalid.
                (true, _) => "no other types",
                (false, false) => "or any other type",
                (false, true) => "of any type",
            };
            words.push(types.to_owned());
        }
        Type::Unknown => words.push("any object".to_owned()),
        _ => {}
    }
    words
}

fn integer_words(integer: &Integer, words: &mut Vec<String>) {
    let signed = |number: i64| match number {
        ..0 => format!("−{}", grouped(number.unsigned_abs())),
        _ => grouped(number.unsigned_abs()),
    };
    words.extend(match (integer.minimum, integer.maximum) {
        (Some(low), Some(high)) if low == high => Some(signed(low)),
        (Some(low), Some(high)) => Some(format!("{} to {}", signed(low), signed(high))),
        (Some(low), None) => Some(format!("at least {}", signed(low))),
        (None, Some(high)) => Some(format!("at most {}", signed(high))),
        (None, None) => None,
    });
    let values = integer.r#enum.as_ref();
    words.extend(values.map(|values| format!("one of {}", list(values))));
    words.extend(integer.r#const.map(|only| format!("always {only}")));
    words.extend(integer.default.map(|default| format!("default {default}")));
}

fn string_words(string: &StringType, words: &mut Vec<String>) {
    words.extend(length_words(string.bytes, "byte"));
    words.extend(length_words(string.graphemes, "grapheme"));
    let values = string.r#enum.as_ref();
    words.extend(values.map(|values| format!("one of {}", list(values))));
    if !string.known_values.is_empty() {
        words.push(format!("known values: {}", list(&string.known_values)));
    }
    let only = string.r#const.as_deref();
    words.extend(only.map(|only| format!("always {}", cut(only))));
    let default = string.default.as_deref();
    words.extend(default.map(|default| format!("default {}", cut(default))));
}

fn length_words(length: Length, unit: &str) -> Option<String> {
    Some(match (length.min, length.max) {
        (Some(low), Some(high)) if low == high => format!("exactly {}", count(low, unit)),
        (Some(low), Some(high)) => format!("{} to {}", grouped(low), count(high, unit)),
        (Some(low), None) => format!("at least {}", count(low, unit)),
        (None, Some(high)) => format!("at most {}", count(high, unit)),
        (None, None) => return None,
    })
}

/// A number with its unit, which takes an `s` in the plural.
pub(crate) fn count(number: u64, unit: &str) -> String {
    match number {
        1 => format!("1 {unit}"),
        _ => format!("{} {unit}s", grouped(number)),
    }
}

/// A number of bytes, with its larger unit.
fn size_words(bytes: u64) -> String {
    let exact = count(bytes, "byte");
    let larger = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let larger = larger
        .into_iter()
        .find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(unit / 10));
    match larger {
        Some((unit, name)) if bytes.is_multiple_of(unit) => {
            format!("{exact} ({} {name})", grouped(bytes / unit))
        }
        Some((unit, name)) => {
            let tenths = bytes / (unit / 10);
            format!("{exact} ({}.{} {name})", grouped(tenths / 10), tenths % 10)
        }
        None => exact,
    }
}

/// A number with commas: `1,000,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn list<V: ToString>(values: &[V]) -> String {
    let shown = values.iter().take(MAX_VALUES);
    let shown: Vec<_> = shown.map(|value| cut(&value.to_string())).collect();
    let shown = shown.join(", ");
    match values.len().saturating_sub(MAX_VALUES) {
        0 => shown,
        more => format!("{shown}, and {} more", grouped(more as u64)),
    }
}

/// The beginning of a long value.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
