//! Source: <https://atproto.com/specs/record-key>, "Record Key Syntax".

use super::text::{ByteSet, EMPTY, Reason};

const MAX_BYTES: usize = 512;
static LEGAL: ByteSet = ByteSet::alphanumeric_and(b"_~.:-");

pub(super) fn check(text: &str) -> Result<(), Reason> {
    match text {
        "" => Err(EMPTY),
        "." | ".." => Err("`.` and `..` are not allowed"),
        text if text.len() > MAX_BYTES => Err("it is longer than 512 bytes"),
        text if !LEGAL.contains_all(text) => Err("it consists of letters, digits and . _ : ~ -"),
        _ => Ok(()),
    }
}
