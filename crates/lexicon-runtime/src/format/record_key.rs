//! Source: <https://atproto.com/specs/record-key>, "Record Key Syntax".

use super::text::{EMPTY, Reason, all};

const MAX_BYTES: usize = 512;

pub(super) fn check(text: &str) -> Result<(), Reason> {
    let is_legal =
        |b: u8| b.is_ascii_alphanumeric() | matches!(b, b'_' | b'~' | b'.' | b':' | b'-');
    match text {
        "" => Err(EMPTY),
        "." | ".." => Err("`.` and `..` are not allowed"),
        text if text.len() > MAX_BYTES => Err("it is longer than 512 bytes"),
        text if !all(text, is_legal) => Err("it consists of letters, digits and . _ : ~ -"),
        _ => Ok(()),
    }
}
