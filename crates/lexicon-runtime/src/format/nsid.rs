//! Source: <https://atproto.com/specs/nsid>, "NSID Syntax".

use super::handle::label;
use super::text::{Parts, Reason, all};

/// Of the whole: the official vectors let the authority alone be longer than a domain name.
const MAX_BYTES: usize = 317;
const MAX_NAME: usize = 63;

pub(super) fn check(text: &str) -> Result<(), Reason> {
    if text.len() > MAX_BYTES {
        return Err("it is longer than 317 bytes");
    }
    let (authority, name) = text
        .rsplit_once('.')
        .filter(|(authority, _)| authority.contains('.'))
        .ok_or("it has at least three parts")?;
    Parts::new(authority, b'.').try_for_each(label)?;
    let begins_with_letter = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic());
    if !begins_with_letter(authority) {
        return Err("the first part begins with a letter");
    }
    if name.len() > MAX_NAME {
        return Err("the last part is longer than 63 bytes");
    }
    match begins_with_letter(name) && all(name, |b| b.is_ascii_alphanumeric()) {
        true => Ok(()),
        false => Err("the last part consists of letters and digits, and begins with a letter"),
    }
}
