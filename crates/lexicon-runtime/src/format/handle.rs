//! Source: <https://atproto.com/specs/handle>, "Handle Identifier Syntax".

use super::text::{ByteSet, Reason};

const MAX_BYTES: usize = 253;
const MAX_LABEL: usize = 63;
static LABEL: ByteSet = ByteSet::alphanumeric_and(b"-");

pub(super) fn check(text: &str) -> Result<(), Reason> {
    if text.len() > MAX_BYTES {
        return Err("it is longer than 253 bytes");
    }
    let labels = labels(text)?;
    if !labels.are_several {
        return Err("it has no dot");
    }
    match labels.last.first().is_some_and(u8::is_ascii_alphabetic) {
        true => Ok(()),
        false => Err("the last part begins with a letter"),
    }
}

/// The labels of a domain name.
pub(super) struct Labels<'t> {
    /// Whether there is more than one.
    pub(super) are_several: bool,
    pub(super) last: &'t [u8],
}

/// Checks the labels of a domain name: letters, digits and inner hyphens.
pub(super) fn labels(text: &str) -> Result<Labels<'_>, Reason> {
    let mut rest = text.as_bytes();
    let mut are_several = false;
    loop {
        let (mut length, mut is_legal) = (0, true);
        while let Some(byte) = rest.get(length).filter(|byte| **byte != b'.') {
            is_legal &= LABEL.contains(*byte);
            length += 1;
        }
        let label = &rest[..length];
        check_label(label, is_legal)?;
        match rest.get(length + 1..) {
            Some(next) => (rest, are_several) = (next, true),
            None => {
                return Ok(Labels {
                    are_several,
                    last: label,
                });
            }
        }
    }
}

/// Checks a label of which is known whether all its bytes are legal.
fn check_label(label: &[u8], is_legal: bool) -> Result<(), Reason> {
    let (Some(first), Some(last)) = (label.first(), label.last()) else {
        return Err("a part is empty");
    };
    if label.len() > MAX_LABEL {
        return Err("a part is longer than 63 bytes");
    }
    if *first == b'-' || *last == b'-' {
        return Err("a part neither begins nor ends with a hyphen");
    }
    match is_legal {
        true => Ok(()),
        false => Err("a part consists of letters, digits and hyphens"),
    }
}
