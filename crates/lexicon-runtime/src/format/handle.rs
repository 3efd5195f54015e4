//! Source: <https://atproto.com/specs/handle>, "Handle Identifier Syntax".

const MAX_BYTES: usize = 253;
const MAX_LABEL: usize = 63;

pub(super) fn is_valid(text: &str) -> bool {
    let begins_with_letter = |label: &str| label.starts_with(|c: char| c.is_ascii_alphabetic());
    text.len() <= MAX_BYTES
        && text.split('.').all(is_label)
        && text
            .rsplit_once('.')
            .is_some_and(|(_, last)| begins_with_letter(last))
}

/// A label of a domain name: letters, digits and inner hyphens.
pub(super) fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL).contains(&label.len())
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}
