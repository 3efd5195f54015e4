//! Source: <https://atproto.com/specs/lexicon>, "uri", and RFC 3986, section 3.

use super::text::{Reason, all, split_once};

const MAX_BYTES: usize = 8192;

pub(super) fn check(text: &str) -> Result<(), Reason> {
    if text.len() > MAX_BYTES {
        return Err("it is longer than 8192 bytes");
    }
    let (scheme, rest) = split_once(text, b':').ok_or("the scheme is missing")?;
    let begins_with_letter = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_legal = |b: u8| b.is_ascii_alphanumeric() | matches!(b, b'+' | b'.' | b'-');
    if !begins_with_letter || !all(scheme, is_legal) {
        return Err("the scheme consists of letters, digits and + . -, and begins with a letter");
    }
    if rest.is_empty() {
        return Err("nothing follows the scheme");
    }
    // RFC 3986 has no character outside ASCII.
    match all(rest, |b| b.is_ascii_graphic()) {
        true => Ok(()),
        false => Err("it consists of printable ASCII characters"),
    }
}
