//! Source: <https://atproto.com/specs/lexicon>, "uri", and RFC 3986, section 3.

const MAX_BYTES: usize = 8192;

pub(super) fn is_valid(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    text.len() <= MAX_BYTES
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b))
        && !rest.is_empty()
        // RFC 3986 has no character outside ASCII.
        && rest.bytes().all(|b| b.is_ascii_graphic())
}
