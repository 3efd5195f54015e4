//! Source: <https://atproto.com/specs/tid>, "TID Syntax".

use super::text::{Reason, all};

const LENGTH: usize = 13;

pub(super) fn check(text: &str) -> Result<(), Reason> {
    if text.len() != LENGTH {
        return Err("it has 13 characters");
    }
    if !all(text, |b| matches!(b, b'2'..=b'7' | b'a'..=b'z')) {
        return Err("it consists of the digits 2 to 7 and the letters a to z");
    }
    // The highest of the 65 bits is always 0.
    match text.as_bytes().first() {
        Some(b'2'..=b'7' | b'a'..=b'j') => Ok(()),
        _ => Err("the first character is 2 to 7 or a to j"),
    }
}
