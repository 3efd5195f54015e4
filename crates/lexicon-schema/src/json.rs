//! Strict JSON, which bodies are read as too.

use lexicon_runtime::{Value, Violations};

/// Reads JSON without repeated members. A byte order mark before it is ignored, and a number that is an
/// integer by its value is read as one, whichever way it is written: `123.0`, `1e3`, `-0`.
///
/// # Errors
/// The first error, with its line and column.
pub fn parse(bytes: &[u8]) -> Result<Value, Violations> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut value = lexicon_runtime::json::parse("document", bytes)?;
    read_integers(&mut value);
    Ok(value)
}

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// 2^63, the first number beyond those of 64 bits.
const LIMIT: f64 = 9_223_372_036_854_775_808.0;

/// Replaces the numbers that are written as fractions, and are none.
pub(crate) fn read_integers(value: &mut Value) {
    match value {
        Value::Number(number) if !number.is_i64() && !number.is_u64() => {
            let float = number.as_f64().filter(|float| float.fract() == 0.0);
            if let Some(float) = float.filter(|float| (-LIMIT..LIMIT).contains(float)) {
                // In range and without a fraction, so nothing is lost.
                #[allow(clippy::cast_possible_truncation)]
                let integer = float as i64;
                *value = integer.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(read_integers),
        Value::Object(members) => members.values_mut().for_each(read_integers),
        _ => {}
    }
}
