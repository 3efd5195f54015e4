//! Source: <https://atproto.com/specs/nsid>, "NSID Syntax".

use super::handle::labels;
use super::text::{ByteSet, Reason, rsplit_once};

/// Of the whole: the official vectors let the authority alone be longer than a domain name.
const MAX_BYTES: usize = 317;
const MAX_NAME: usize = 63;
static NAME: ByteSet = ByteSet::alphanumeric_and(b"");

pub(super) fn check(text: &str) -> Result<(), Reason> {
    if text.len() > MAX_BYTES {
        return Err("it is longer than 317 bytes");
    }
    let (authority, name) = rsplit_once(text, b'.')
        .filter(|(authority, _)| authority.contains('.'))
        .ok_or("it has at least three parts")?;
    labels(authority)?;
    let begins_with_letter = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic());
    if !begins_with_letter(authority) {
        return Err("the first part begins with a letter");
    }
    if name.len() > MAX_NAME {
        return Err("the last part is longer than 63 bytes");
    }
    match begins_with_letter(name) && NAME.contains_all(name) {
        true => Ok(()),
        false => Err("the last part consists of letters and digits, and begins with a letter"),
    }
}
