//! Source: <https://atproto.com/specs/record-key>, "Record Key Syntax".

const MAX_BYTES: usize = 512;

pub(super) fn is_valid(text: &str) -> bool {
    (1..=MAX_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_~.:-".contains(&b))
        && text != "."
        && text != ".."
}
