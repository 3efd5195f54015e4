//! Source: <https://atproto.com/specs/record-key>, "Record Key Syntax".

use super::{EMPTY, Reason};

const MAX_BYTES: usize = 512;

pub(super) fn check(text: &str) -> Result<(), Reason> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"_~.:-".contains(&b);
    match text {
        "" => Err(EMPTY),
        "." | ".." => Err("`.` and `..` are not allowed"),
        text if text.len() > MAX_BYTES => Err("it is longer than 512 bytes"),
        text if !text.bytes().all(legal) => Err("it consists of letters, digits and . _ : ~ -"),
        _ => Ok(()),
    }
}
