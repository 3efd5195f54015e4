//! Source: <https://atproto.com/specs/handle>, "Handle Identifier Syntax".

use super::text::{Parts, Reason, all};

const MAX_BYTES: usize = 253;
const MAX_LABEL: usize = 63;

pub(super) fn check(text: &str) -> Result<(), Reason> {
    if text.len() > MAX_BYTES {
        return Err("it is longer than 253 bytes");
    }
    Parts::new(text, b'.').try_for_each(label)?;
    let (_, last) = text.rsplit_once('.').ok_or("it has no dot")?;
    match last.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => Ok(()),
        false => Err("the last part begins with a letter"),
    }
}

/// A label of a domain name: letters, digits and inner hyphens.
pub(super) fn label(label: &str) -> Result<(), Reason> {
    if label.is_empty() {
        return Err("a part is empty");
    }
    if label.len() > MAX_LABEL {
        return Err("a part is longer than 63 bytes");
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err("a part neither begins nor ends with a hyphen");
    }
    match all(label, |b| b.is_ascii_alphanumeric() | (b == b'-')) {
        true => Ok(()),
        false => Err("a part consists of letters, digits and hyphens"),
    }
}
