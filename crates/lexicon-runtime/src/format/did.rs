//! Source: <https://atproto.com/specs/did>, "DID Syntax".

use super::text::{ByteSet, Reason, all, split_once};

const MAX_BYTES: usize = 2048;
static IDENTIFIER: ByteSet = ByteSet::alphanumeric_and(b"._:%-");

pub(super) fn check(text: &str) -> Result<(), Reason> {
    if text.len() > MAX_BYTES {
        return Err("it is longer than 2048 bytes");
    }
    let rest = text.strip_prefix("did:").ok_or("it begins with did:")?;
    let (method, id) =
        split_once(rest, b':').ok_or("the method and the identifier are separated by a colon")?;
    if method.is_empty() || !all(method, |b| b.is_ascii_lowercase()) {
        return Err("the method consists of the letters a to z");
    }
    if !IDENTIFIER.contains_all(id) {
        return Err("the identifier consists of letters, digits and . _ : % -");
    }
    match id.bytes().next_back() {
        None => Err("the identifier is missing"),
        Some(b':' | b'%') => Err("the identifier does not end with : or %"),
        Some(_) => Ok(()),
    }
}
