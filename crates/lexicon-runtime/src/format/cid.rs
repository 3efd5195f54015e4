//! Source: <https://atproto.com/specs/data-model>, "Link and CID Formats", and the multibase table.

const MIN_BYTES: usize = 8;
const MAX_BYTES: usize = 256;

/// Letters and digits that name a base in multibase. A CID of version 0 begins with `Q`, which
/// does not, and is not supported.
const BASES: &[u8] = b"079fFvVtTbBcChkKzZmMuU";

pub(super) fn is_valid(text: &str) -> bool {
    let symbol = |b: u8| b.is_ascii_alphanumeric() || b"+=_-/".contains(&b);
    let base = text.bytes().next();
    (MIN_BYTES..=MAX_BYTES).contains(&text.len())
        && base.is_some_and(|base| BASES.contains(&base))
        && text.bytes().all(symbol)
        && (base != Some(b'b')
            || text[1..]
                .bytes()
                .all(|b| matches!(b, b'2'..=b'7' | b'a'..=b'z')))
}
