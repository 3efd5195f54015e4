//! Source: <https://atproto.com/specs/tid>, "TID Syntax".

const LENGTH: usize = 13;

pub(super) fn is_valid(text: &str) -> bool {
    let digit = |b: u8| matches!(b, b'2'..=b'7' | b'a'..=b'z');
    // The highest of the 65 bits is always 0.
    let first = |b: u8| matches!(b, b'2'..=b'7' | b'a'..=b'j');
    text.len() == LENGTH && text.bytes().all(digit) && text.bytes().next().is_some_and(first)
}
